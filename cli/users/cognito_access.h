#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "aws/cognito.h"
#include "net/http_client.h"
#include "terminal/context.h"
#include "users/target.h"

namespace wsdeep::users {

/// How long a command waits for Cognito. By default as a person does, who sits before a terminal.
struct Patience {
  aws::RetryPolicy retry{.throttle_limit = std::chrono::seconds(30)};
  std::chrono::milliseconds limit{15000};  ///< of one call with all its attempts; 0: only each attempt's time-out
  bool tells = true;                       ///< on a terminal, who is waited for, when it takes long
  std::stop_token cancel{};
};

/// A Cognito client for the target with what it needs, in one place.
struct CognitoAccess {
  net::HttpClient http;
  std::unique_ptr<aws::CredentialSource> credentials;
  aws::Cognito cognito;

  CognitoAccess(const Target& target, Context& context, Patience patience = {});
};

}  // namespace wsdeep::users

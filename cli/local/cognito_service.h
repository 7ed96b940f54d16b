#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "local/sqlite.h"
#include "net/event_loop.h"
#include "net/server.h"

namespace wsdeep::local {

struct CognitoOptions {
  std::string region = "us-east-1";
  std::string issuer_base;  ///< tokens' `iss` is this, `/` and the pool's id: `http://127.0.0.1:4566`
};

/// A Cognito user pool with one app client (no secret), over SQLite. Pool, client and RSA keys are made at the first
/// start and kept. User names are not case-sensitive; a verified e-mail address is an alias for signing in; every
/// `custom:` attribute is accepted.
/// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
class CognitoService {
 public:
  CognitoService(net::EventLoop& loop, Database& database, const Clock& clock, CognitoOptions options);
  ~CognitoService();
  CognitoService(const CognitoService&) = delete;
  CognitoService& operator=(const CognitoService&) = delete;

  /// Whether the real service wants SigV4 for the operation: all but those that a signed-in or signing-in user calls.
  static bool needs_signature(std::string_view operation);

  /// Answers one request (POST / with `X-Amz-Target: AWSCognitoIdentityProviderService.Operation`), whose signature the
  /// caller has checked. Passwords are hashed and tokens signed off the loop's thread. Does not throw: a failing
  /// database is logged and answered with 500.
  void handle(const std::shared_ptr<net::HttpExchange>& exchange);
  /// `reply` is called once, on the loop, perhaps from within this call.
  void answer(const net::HttpRequest& request, std::function<void(net::HttpResponse)> reply);

  const std::string& user_pool_id() const;
  const std::string& client_id() const;
  const std::string& issuer() const;
  /// The documents at `ISSUER/.well-known/jwks.json` and `…/openid-configuration`.
  const std::string& jwks() const;
  const std::string& openid_configuration() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsdeep::local

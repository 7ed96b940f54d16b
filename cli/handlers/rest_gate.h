#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/shared_secret.h"
#include "base/clock.h"
#include "base/env.h"
#include "handlers/secret_text.h"
#include "handlers/token_policy.h"
#include "wire/http_event.h"

namespace wsdeep::handlers {

struct Caller {
  std::string user_id;
  std::string username;
};

/// Who asks over HTTP. One for all threads.
class RestGate {
 public:
  /// HS256 tokens are signed with the secret that HS256_SECRET_ID names in Secrets Manager, or with that of the file
  /// HS256_SECRET_FILE; without either there are none. They are those of HS256_ISSUER, or without one those that name
  /// no issuer. Unless HS256_POOL_USERS is `true`, none may be of a user who could be the pool's. Throws Error for a
  /// secret that cannot be read or is too short, and for an issuer that is the pool's.
  RestGate(const Env& env, const Clock& clock);

  /// By the header `id_token`, which the REST API's document wants, or where `$connect` looks. Throws
  /// chat::RestRefusal: 401, 403 for a cookie that a page of elsewhere sent along, 500 when the pool's keys are not to
  /// be had.
  Caller admit(const wire::HttpEvent& event);

 private:
  auth::TokenVerdict verify(std::string_view token);
  auth::TokenVerdict verify_shared(std::string_view token);

  const Clock& clock_;
  TokenPolicy pool_;
  SecretText secret_;
  std::optional<std::string> shared_issuer_;  ///< whose tokens are signed with the secret
  bool may_name_pool_users_;
  std::vector<std::string> origins_;
};

}  // namespace wsdeep::handlers

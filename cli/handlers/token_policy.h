#pragma once

#include <optional>
#include <string>

#include "auth/jwks_cache.h"
#include "auth/jwt.h"
#include "base/clock.h"
#include "base/env.h"

namespace wsdeep::handlers {

/// Whose tokens count: COGNITO_ISSUER, COGNITO_CLIENT_IDS, and the keys of that issuer. One for all threads.
class TokenPolicy {
 public:
  /// Throws Error{kUsage} for a variable that is missing.
  TokenPolicy(const Env& env, const Clock& clock);

  /// Whether tokens can be verified now.
  bool ready() { return keys_.ready(); }
  auth::TokenVerdict verify(std::string_view token) { return keys_.verify(token, rules_); }
  const std::string& issuer() const { return rules_.issuer; }

 private:
  auth::TokenRules rules_;
  auth::JwksCache keys_;
};

}  // namespace wsdeep::handlers

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "auth/jwt.h"
#include "base/clock.h"

namespace wsdeep::auth {

/// Whose HS256 tokens are accepted: those of one issuer, which signs with a secret that it shares with us. No other
/// algorithm is, whatever the token says of itself; and an issuer whose tokens are checked with keys must not be this
/// one: its public key is no secret.
struct SharedSecretRules {
  std::string issuer;  ///< `iss`; empty: of tokens that name none
  std::string secret;
  std::chrono::seconds leeway{60};
};

/// The least bytes of a secret. RFC 7518 §3.2 asks for kGoodSecretBytes.
inline constexpr std::size_t kMinSecretBytes = 16;
inline constexpr std::size_t kGoodSecretBytes = 32;

/// Form, algorithm, signature, then the claims: issuer, `exp`, `nbf`, `iat`, `token_use` (there may be none) and whose
/// it is. A token without `sub` is its username's.
TokenVerdict verify_shared_secret(std::string_view token, const SharedSecretRules& rules, SystemTime now);

/// True for what has the form of a user's id in a user pool, as Cognito makes them: a UUID in small letters. Another
/// issuer's user of such a name would be that one.
bool is_pool_subject(std::string_view subject);

}  // namespace wsdeep::auth

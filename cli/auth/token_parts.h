#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt.h"

namespace wsdeep::auth {

inline constexpr std::size_t kMaxTokenBytes = 16 << 10;

/// A token taken apart, nothing of it checked but its form.
struct TokenParts {
  std::string_view signed_text;  ///< header and claims with the dot between them, as they were signed
  std::string signature;
  std::string algorithm;
  std::string kid;
  TokenClaims claims;
  std::string issuer;
  std::vector<std::string> audiences;  ///< `aud`
  std::string client_id;               ///< `client_id`
  std::optional<std::int64_t> not_before;
};

/// Nothing when it is not three base64url parts of JSON objects with a string `alg` and `kid` and no `crit`, when a
/// claim has a wrong type or comes twice, or `exp` is missing. For another algorithm than RS256 the signature may be
/// empty and the kid missing, so that such tokens can be told apart.
/// `fault` is told what is wrong with the form, in words that hold nothing of the token but names of claims.
std::optional<TokenParts> parse_token(std::string_view token, std::string* fault = nullptr);

}  // namespace wsdeep::auth

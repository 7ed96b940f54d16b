#include "auth/shared_secret.h"

#include <algorithm>

#include "auth/token_parts.h"
#include "base/hash.h"

namespace wsdeep::auth {
namespace {

TokenFault check_shared(TokenParts& parts, const SharedSecretRules& rules, SystemTime now) {
  if (parts.algorithm != "HS256") return TokenFault::kAlgorithm;
  if (!constant_time_equal(hmac_sha256(rules.secret, parts.signed_text), parts.signature))
    return TokenFault::kSignature;
  if (parts.issuer != rules.issuer) return TokenFault::kIssuer;
  TokenClaims& claims = parts.claims;
  const std::int64_t second = epoch_seconds(now), latest_start = second + rules.leeway.count();
  if (claims.expires_at <= second) return TokenFault::kExpired;
  if (claims.issued_at > latest_start || parts.not_before.value_or(0) > latest_start) return TokenFault::kNotYetValid;
  if (!claims.token_use.empty() && claims.token_use != "id" && claims.token_use != "access")
    return TokenFault::kTokenUse;
  if (claims.subject.empty()) claims.subject = claims.username;
  return claims.subject.empty() ? TokenFault::kSubject : TokenFault::kNone;
}

}  // namespace

TokenVerdict verify_shared_secret(std::string_view token, const SharedSecretRules& rules, SystemTime now) {
  auto parts = parse_token(token);
  if (!parts) return {TokenFault::kMalformed, {}, {}};
  const TokenFault fault = check_shared(*parts, rules, now);
  return {fault, std::move(parts->claims), std::move(parts->kid)};
}

bool is_pool_subject(std::string_view subject) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::equal(subject.begin(), subject.end(), kForm.begin(), kForm.end(), [](char c, char form) {
    return form == 'x' ? (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') : c == form;
  });
}

}  // namespace wsdeep::auth

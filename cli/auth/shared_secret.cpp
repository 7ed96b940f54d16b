#include "auth/shared_secret.h"

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

}  // namespace wsdeep::auth

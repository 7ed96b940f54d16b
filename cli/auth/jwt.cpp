#include "auth/jwt.h"

#include <algorithm>

#include "auth/token_parts.h"

// How a token is checked, cheapest and least trusting first: its form and size, the pinned algorithm (a token never
// chooses how it is verified: with `none` it would need no key, with HS256 our public key would be its secret), the key
// by its kid, the signature, and only then what the claims say.

namespace wsdeep::auth {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// ID tokens name the client in `aud`, access tokens in `client_id`. Returns the accepted one, or nothing.
std::optional<std::string> accepted_client(const TokenParts& parts, const TokenRules& rules) {
  if (parts.claims.token_use == "access")
    return contains(rules.client_ids, parts.client_id) ? std::optional(parts.client_id) : std::nullopt;
  for (const std::string& audience : parts.audiences)
    if (contains(rules.client_ids, audience)) return audience;
  return std::nullopt;
}

bool known_use(std::string_view use) {
  return use == "id" || use == "access";
}

TokenFault check_claims(TokenParts& parts, const TokenRules& rules, SystemTime now) {
  TokenClaims& claims = parts.claims;
  if (parts.issuer != rules.issuer) return TokenFault::kIssuer;
  if (!known_use(claims.token_use) || !contains(rules.token_uses, claims.token_use)) return TokenFault::kTokenUse;
  const auto client = accepted_client(parts, rules);
  if (!client) return TokenFault::kAudience;
  claims.client_id = *client;
  const std::int64_t second = epoch_seconds(now), latest_start = second + rules.leeway.count();
  if (claims.expires_at <= second) return TokenFault::kExpired;
  if (claims.issued_at > latest_start || parts.not_before.value_or(0) > latest_start) return TokenFault::kNotYetValid;
  return claims.subject.empty() ? TokenFault::kSubject : TokenFault::kNone;
}

TokenFault check(TokenParts& parts, const KeySet& keys, const TokenRules& rules, SystemTime now) {
  if (parts.algorithm != "RS256") return TokenFault::kAlgorithm;
  if (!keys.contains(parts.kid)) return TokenFault::kUnknownKey;
  if (!keys.verify(parts.kid, parts.signed_text, parts.signature)) return TokenFault::kSignature;
  return check_claims(parts, rules, now);
}

}  // namespace

std::string_view name_of(TokenFault fault) {
  switch (fault) {
    case TokenFault::kNone:
      return "none";
    case TokenFault::kMalformed:
      return "malformed";
    case TokenFault::kAlgorithm:
      return "algorithm";
    case TokenFault::kUnknownKey:
      return "unknown_key";
    case TokenFault::kSignature:
      return "signature";
    case TokenFault::kIssuer:
      return "issuer";
    case TokenFault::kAudience:
      return "audience";
    case TokenFault::kTokenUse:
      return "token_use";
    case TokenFault::kExpired:
      return "expired";
    case TokenFault::kNotYetValid:
      return "not_yet_valid";
    case TokenFault::kSubject:
      return "subject";
    case TokenFault::kKeysUnavailable:
      return "keys_unavailable";
  }
  return "unknown";
}

TokenVerdict verify_token(std::string_view token, const KeySet& keys, const TokenRules& rules, SystemTime now) {
  auto parts = parse_token(token);
  if (!parts) return {TokenFault::kMalformed, {}, {}};
  const TokenFault fault = check(*parts, keys, rules, now);
  return {fault, std::move(parts->claims), std::move(parts->kid)};
}

std::optional<TokenVerdict> read_token(std::string_view token) {
  auto parts = parse_token(token);
  if (!parts) return std::nullopt;
  // Nobody has checked the signature, so this verdict must not count as an acceptance.
  return TokenVerdict{TokenFault::kSignature, std::move(parts->claims), std::move(parts->kid)};
}

}  // namespace wsdeep::auth

#include "auth/token_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>

#include "base/clock.h"
#include "base/text.h"

namespace wsdeep::auth {
namespace {

std::string at(std::int64_t seconds) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1000;
  return iso8601(from_epoch_ms(std::clamp(seconds, -kMost, kMost) * 1000));
}

Finding check_expiry(const TokenParts& token, const TokenRules& rules, std::int64_t now) {
  const std::int64_t left = token.claims.expires_at - now;
  constexpr std::int64_t kMost = std::int64_t{200} * 365 * 86400;  // which is within what a duration can hold
  const std::string distance = human_duration(std::chrono::seconds(std::min(std::abs(left), kMost)));
  if (left > 0) return {"exp", true, fmt::format("{}, in {}", at(token.claims.expires_at), distance)};
  return {"exp", -left <= rules.leeway.count(), fmt::format("{}, {} ago", at(token.claims.expires_at), distance)};
}

Finding check_start(const TokenParts& token, const TokenRules& rules, std::int64_t now) {
  const std::int64_t start = std::max(token.claims.issued_at, token.not_before.value_or(0));
  const bool kept = start <= now + rules.leeway.count();
  return {"iat, nbf", kept, fmt::format("{}{}", at(start), kept ? "" : ", which is in the future: compare the clocks")};
}

Finding check_client(const TokenParts& token, const TokenRules& rules) {
  const bool is_access = token.claims.token_use == "access";
  const std::string& accepted = rules.client_ids.front();
  const bool kept = is_access
                        ? token.client_id == accepted
                        : std::find(token.audiences.begin(), token.audiences.end(), accepted) != token.audiences.end();
  const std::string got = is_access ? token.client_id : join(token.audiences, ", ");
  return {is_access ? "client_id" : "aud", kept, kept ? got : fmt::format("'{}', accepted is '{}'", got, accepted)};
}

Finding check_issuer(const TokenParts& token, const TokenRules& rules) {
  const bool kept = token.issuer == rules.issuer;
  return {"iss", kept, kept ? token.issuer : fmt::format("'{}', accepted is '{}'", token.issuer, rules.issuer)};
}

Finding check_use(const TokenParts& token) {
  const std::string& use = token.claims.token_use;
  return {"token_use", use == "id" || use == "access",
          use.empty() ? "missing, accepted are id and access" : fmt::format("'{}'", use)};
}

}  // namespace

std::vector<Finding> check_token(const TokenParts& token, const KeySet& keys, const TokenRules& rules,
                                 std::int64_t now) {
  const bool algorithm = token.algorithm == "RS256", known = keys.contains(token.kid);
  const bool is_signed = algorithm && keys.verify(token.kid, token.signed_text, token.signature);
  std::vector<Finding> findings = {
      {"form", true, "three parts of JSON and signature"},
      {"alg", algorithm, algorithm ? "RS256" : fmt::format("'{}', accepted is RS256 alone", token.algorithm)},
      {"kid", known,
       known ? fmt::format("'{}'", token.kid)
             : fmt::format("'{}' is none of the issuer's {} keys", token.kid, keys.size())},
      {"signature", is_signed, is_signed ? "made by this key" : "not made by this key over these claims"},
      check_issuer(token, rules),
      check_use(token),
      check_client(token, rules),
      check_expiry(token, rules, now),
      check_start(token, rules, now)};
  if (token.claims.subject.empty()) findings.push_back({"sub", false, "empty or missing: the token is nobody's"});
  return findings;
}

}  // namespace wsdeep::auth

#include "auth/token_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "wire/json_scanner.h"

namespace wsdeep::auth {
namespace {

/// Which of the names were met; a claim that comes twice could mean one thing to us and another to somebody else.
class OnceEach {
 public:
  bool first(unsigned index) {
    const std::uint32_t bit = 1u << index;
    const bool is_first = (met_ & bit) == 0;
    met_ |= bit;
    return is_first;
  }
  bool met(unsigned index) const { return (met_ & 1u << index) != 0; }

 private:
  std::uint32_t met_ = 0;
};

template <std::size_t Count>
unsigned index_of(const std::array<std::string_view, Count>& names, std::string_view name) {
  for (unsigned i = 0; i < Count; ++i)
    if (names[i] == name) return i;
  return Count;
}

/// What a JSON object of a token was found wanting for.
struct Flaw {
  std::string_view at;  ///< the name that was read last
  std::string_view missing;

  std::string text(const char* what) const {
    if (!missing.empty()) return fmt::format("the {} have no {}", what, missing);
    if (at.empty()) return fmt::format("the {} are not a JSON object", what);
    constexpr std::size_t kMaxName = 40;
    return fmt::format("the {} cannot be read at '{}': of another type than it must have, or there twice", what,
                       strip_control(at.substr(0, kMaxName)));
  }
};

bool read_header(std::string_view json, TokenParts& parts, Flaw& flaw) {
  enum : unsigned { kAlg, kKid, kCrit };
  constexpr std::array<std::string_view, 3> kNames{"alg", "kid", "crit"};
  wire::JsonScanner scanner(json);
  OnceEach fields;
  const bool read = scanner.read_object([&](std::string_view name) {
    const unsigned index = index_of(kNames, name);
    flaw.at = index < kNames.size() ? kNames[index] : "";
    if (index < kNames.size() && !fields.first(index)) return false;
    if (index == kAlg) return scanner.read_string(parts.algorithm);
    if (index == kKid) return scanner.read_string(parts.kid);
    return scanner.skip_value();
  });
  // `crit` names extensions that must be understood (RFC 7515 §4.1.11), and we understand none.
  if (!read || !scanner.at_end()) return false;
  if (!fields.met(kAlg)) flaw.missing = "alg";
  if (fields.met(kCrit)) flaw.at = "crit";
  return fields.met(kAlg) && !fields.met(kCrit);
}

bool read_audience(wire::JsonScanner& scanner, std::vector<std::string>& audiences) {
  return scanner.peek() == '[' ? scanner.read_strings(audiences) : scanner.read_string(audiences.emplace_back());
}

enum Claim : unsigned { kSub, kUse, kExp, kIat, kNbf, kIss, kAud, kClient, kName, kOtherName, kEmail, kGroups, kJti };
constexpr std::array<std::string_view, 13> kClaimNames{
    "sub",   "token_use",      "exp", "iat", "nbf", "iss", "aud", "client_id", "cognito:username", "username",
    "email", "cognito:groups", "jti"};

bool read_claim(unsigned claim, wire::JsonScanner& scanner, TokenParts& parts, std::string& other_name) {
  TokenClaims& claims = parts.claims;
  switch (claim) {
    case kSub:
      return scanner.read_string(claims.subject);
    case kUse:
      return scanner.read_string(claims.token_use);
    case kExp:
      return scanner.read_integer(claims.expires_at);
    case kIat:
      return scanner.read_integer(claims.issued_at);
    case kNbf:
      return scanner.read_integer(parts.not_before.emplace());
    case kIss:
      return scanner.read_string(parts.issuer);
    case kAud:
      return read_audience(scanner, parts.audiences);
    case kClient:
      return scanner.read_string(parts.client_id);
    case kName:
      return scanner.read_string(claims.username);
    case kOtherName:
      return scanner.read_string(other_name);
    case kEmail:
      return scanner.read_string(claims.email);
    case kGroups:
      return scanner.read_strings(claims.groups);
    case kJti:
      return scanner.read_string(claims.jti);
    default:
      return scanner.skip_value();
  }
}

bool read_claims(std::string_view json, TokenParts& parts, Flaw& flaw) {
  TokenClaims& claims = parts.claims;
  std::string other_name;
  wire::JsonScanner scanner(json);
  OnceEach met;
  const bool read = scanner.read_object([&](std::string_view name) {
    const unsigned claim = index_of(kClaimNames, name);
    flaw.at = claim < kClaimNames.size() ? kClaimNames[claim] : "";
    if (claim < kClaimNames.size() && !met.first(claim)) return false;
    return read_claim(claim, scanner, parts, other_name);
  });
  if (!read || !scanner.at_end()) return false;
  if (!met.met(kExp)) {
    flaw.missing = "exp";
    return false;
  }
  if (!met.met(kName)) claims.username = std::move(other_name);
  claims.client_id = claims.token_use == "access" || parts.audiences.empty() ? parts.client_id : parts.audiences[0];
  return true;
}

std::optional<std::string> decode_json(std::string_view part) {
  auto json = part.empty() ? std::nullopt : from_base64url(part);
  return json && is_utf8(*json) ? json : std::nullopt;
}

}  // namespace

std::optional<TokenParts> parse_token(std::string_view token, std::string* fault) {
  const auto refuse = [&](const auto& why) {
    if (fault != nullptr) *fault = why();
    return std::nullopt;
  };
  if (token.size() > kMaxTokenBytes) return refuse([] { return fmt::format("longer than {} bytes", kMaxTokenBytes); });
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last)
    return refuse([&] { return fmt::format("{} parts, not three", 1 + std::ranges::count(token, '.')); });
  TokenParts parts;
  parts.signed_text = token.substr(0, last);
  const auto header = decode_json(token.substr(0, first));
  auto claims = decode_json(token.substr(first + 1, last - first - 1));
  auto signature = from_base64url(token.substr(last + 1));
  if (!header || !claims || !signature)
    return refuse([&] {
      return fmt::format("the {} not base64url", !header ? "header is" : !claims ? "claims are" : "signature is");
    });
  Flaw flaw;
  if (!read_header(*header, parts, flaw)) return refuse([&] { return flaw.text("header's fields"); });
  flaw = {};
  if (!read_claims(*claims, parts, flaw)) return refuse([&] { return flaw.text("claims"); });
  if (parts.algorithm == "RS256" && signature->empty()) return refuse([] { return std::string("no signature"); });
  if (parts.algorithm == "RS256" && parts.kid.empty()) return refuse([] { return std::string("no key id (kid)"); });
  parts.signature = std::move(*signature);
  parts.claims.json = std::move(*claims);
  return parts;
}

}  // namespace wsdeep::auth

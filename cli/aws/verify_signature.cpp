#include <algorithm>

#include "aws/canonical_request.h"
#include "aws/sigv4.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr auto kServerWindow = std::chrono::minutes(15);

struct Authorization {
  std::string_view key_id;
  CredentialScope scope;
  std::vector<std::string_view> names;
  std::string_view signed_names;
  std::string_view signature;
};

/// `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX`
std::optional<Authorization> parse_authorization(std::string_view text) {
  if (!text.starts_with(kSignatureAlgorithm)) return std::nullopt;
  std::string_view credential;
  Authorization parsed;
  for (std::string_view part : split(text.substr(kSignatureAlgorithm.size()), ',')) {
    part = trim(part);
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (name == "Credential") credential = value;
    if (name == "SignedHeaders") parsed.signed_names = value;
    if (name == "Signature") parsed.signature = value;
  }
  const auto parts = split(credential, '/');
  if (parts.size() != 5 || parts[4] != kScopeTerminator || parts[1].size() != 8) return std::nullopt;
  if (parsed.signature.size() != 64 || parsed.signed_names.empty()) return std::nullopt;
  parsed.key_id = parts[0];
  parsed.scope = {parts[1], parts[2], parts[3]};
  parsed.names = split(parsed.signed_names, ';');
  return parsed;
}

bool covers_what_it_must(const std::vector<std::string_view>& names, const net::Headers& headers) {
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (!std::is_sorted(names.begin(), names.end()) || !has("host") || !has("x-amz-date")) return false;
  // An unsigned x-amz-target would let whoever carries the request change the operation.
  return std::all_of(headers.begin(), headers.end(), [&](const auto& header) {
    const std::string name = to_lower(header.first);
    return !name.starts_with("x-amz-") || has(name);
  });
}

/// Nothing when a signed header is not in the request.
std::optional<std::vector<SignedField>> signed_fields(const std::vector<std::string_view>& names,
                                                      const net::Headers& headers) {
  std::vector<SignedField> fields;
  for (const std::string_view name : names) {
    const std::size_t before = fields.size();
    for (const auto& [sent, value] : headers)
      if (iequals(sent, name)) fields.emplace_back(name, value);
    if (fields.size() == before) return std::nullopt;
  }
  return fields;
}

/// The seconds since 1970 of `20150830T123600Z`.
std::optional<SystemTime> parse_timestamp(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  std::string iso(text);
  for (const std::size_t at : {13, 11}) iso.insert(at, 1, ':');
  for (const std::size_t at : {6, 4}) iso.insert(at, 1, '-');
  try {
    return parse_iso8601(iso);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// The payload hash that the signature was made with; nothing when it is not this body's.
std::optional<std::string> received_payload_hash(const net::Headers& headers, std::string_view body,
                                                 std::string_view service) {
  auto stated = net::header(headers, "x-amz-content-sha256");
  if (stated == kUnsignedPayload && service == "s3") return stated;
  std::string actual = hex(sha256(body));
  if (stated && !constant_time_equal(*stated, actual)) return std::nullopt;
  return actual;
}

SignatureVerdict check_key(const Authorization& authorization, const net::Headers& headers, const Credentials& known,
                           const SigningScope& scope) {
  const std::string token = net::header(headers, "x-amz-security-token").value_or("");
  if (!constant_time_equal(authorization.key_id, known.access_key_id) ||
      !constant_time_equal(token, known.session_token))
    return SignatureVerdict::kUnknownKey;
  const bool region_fits = scope.region.empty() || scope.region == authorization.scope.region;
  return region_fits && scope.service == authorization.scope.service ? SignatureVerdict::kValid
                                                                     : SignatureVerdict::kMismatch;
}

}  // namespace

SignatureVerdict verify_signature(std::string_view method, std::string_view target, const net::Headers& headers,
                                  std::string_view body, const Credentials& known, const SigningScope& scope,
                                  SystemTime now) {
  const auto header = net::header(headers, "authorization");
  if (!header) return SignatureVerdict::kMissing;
  const auto authorization = parse_authorization(*header);
  const auto timestamp = net::header(headers, "x-amz-date");
  if (!authorization || !timestamp || !covers_what_it_must(authorization->names, headers))
    return SignatureVerdict::kMalformed;
  const auto fields = signed_fields(authorization->names, headers);
  const auto time = parse_timestamp(*timestamp);
  if (!fields || !time || !timestamp->starts_with(authorization->scope.date)) return SignatureVerdict::kMalformed;

  const SignatureVerdict key = check_key(*authorization, headers, known, scope);
  if (key != SignatureVerdict::kValid) return key;
  if (*time < now - kServerWindow || *time > now + kServerWindow) return SignatureVerdict::kExpired;

  const auto payload_hash = received_payload_hash(headers, body, scope.service);
  if (!payload_hash) return SignatureVerdict::kMismatch;
  const std::string canonical =
      canonical_request(method, target, *fields, authorization->signed_names, *payload_hash, scope.service == "s3");
  const std::string expected = signature_of(canonical, *timestamp, authorization->scope, known.secret_access_key);
  return constant_time_equal(expected, authorization->signature) ? SignatureVerdict::kValid
                                                                 : SignatureVerdict::kMismatch;
}

}  // namespace wsdeep::aws

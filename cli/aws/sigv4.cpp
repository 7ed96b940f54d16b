#include "aws/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/text.h"

// How a request is signed.
//
// Both sides write the request down in one agreed form, the canonical request, and hash it:
//
//     METHOD \n path \n query \n  name:value \n (for each signed header)  \n names \n sha256(body)
//
//   path   For every service but s3: the path as it is sent, without "." and ".." segments and repeated slashes, and
//          then percent-encoded once more (a sent `%3D` becomes `%253D`). For s3: the path as it is sent, because there
//          `a//b` and `a/../b` name objects.
//   query  The pairs as they are sent, sorted by name and then by value; a name without `=` gets one.
//   headers  Lower-case names in order; values trimmed, runs of blanks made one space, repeated headers joined by ",".
//          The names appear once more, joined by ";": they say which headers the signature covers.
//
// The hash, the time and the scope make the string to sign:
//
//     AWS4-HMAC-SHA256 \n 20150830T123600Z \n 20150830/us-east-1/iam/aws4_request \n sha256(canonical request)
//
// The key is derived so that a leaked one is worth one day, one region and one service:
//
//     HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
//
// A worked example, from AWS's documentation (the unit test holds it): GET
// https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08 with the secret key
// wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY:
//
//     GET
//     /
//     Action=ListUsers&Version=2010-05-08
//     content-type:application/x-www-form-urlencoded; charset=utf-8
//     host:iam.amazonaws.com
//     x-amz-date:20150830T123600Z
//
//     content-type;host;x-amz-date
//     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
//
// hashes to f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59 and is signed as
// 5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7.
//
// Every frame of a streamed answer is signed, so this file builds one string for each of those texts, keeps the digest
// context and the derived key of the thread, and looks OpenSSL's algorithm up once.

namespace wsdeep::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr auto kServerWindow = std::chrono::minutes(15);

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void check(bool ok) {
  if (!ok) throw Error(ErrorKind::kFailure, "cannot sign: OpenSSL has no SHA-256");
}

/// SHA-256 of the two texts, one after the other.
std::string digest(std::string_view first, std::string_view second = {}) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::string out(32, '\0');
  check(algorithm != nullptr && context != nullptr);
  check(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
        EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
        EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
  return out;
}

/// A header as it is signed: its lower-case name and its value as it came.
using Field = std::pair<std::string, std::string_view>;

bool is_unsigned_header(std::string_view lower_name) {
  constexpr std::array kNames{"authorization",   "connection", "user-agent",
                              "x-amzn-trace-id", "expect",     "transfer-encoding"};
  return std::find(kNames.begin(), kNames.end(), lower_name) != kNames.end();
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

void append_value(std::string& out, std::string_view value) {
  const std::size_t start = out.size();
  bool gap = false;
  for (const char c : value) {
    if (is_blank(c)) {
      gap = out.size() > start;
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
}

/// `fields` must be in order; the values of a repeated name are joined.
void append_headers(std::string& out, const std::vector<Field>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool repeated = i > 0 && fields[i].first == fields[i - 1].first;
    if (repeated) {
      out.back() = ',';
    } else {
      out += fields[i].first;
      out += ':';
    }
    append_value(out, fields[i].second);
    out += '\n';
  }
}

std::string names_of(const std::vector<Field>& fields) {
  std::string names;
  names.reserve(128);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0 && fields[i].first == fields[i - 1].first) continue;
    if (!names.empty()) names += ';';
    names += fields[i].first;
  }
  return names;
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '-' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' ||
                       c == '~';  // '-' to '9' holds '.', '/' and the digits
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
}

/// RFC 3986 §5.2.4, and repeated slashes made one.
std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : split(path, '/')) {
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  return kept;
}

void append_path(std::string& out, std::string_view path, bool as_sent) {
  if (path.empty()) {
    out += '/';
  } else if (as_sent) {
    out += path;
  } else if (path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos) {
    append_encoded(out, path);
  } else {
    const auto segments = path_segments(path);
    for (const std::string_view segment : segments) {
      out += '/';
      append_encoded(out, segment);
    }
    if (segments.empty() || path.ends_with('/')) out += '/';
  }
}

void append_query(std::string& out, std::string_view query) {
  if (query.empty()) return;
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    const bool bare = equals == std::string_view::npos;
    pairs.emplace_back(pair.substr(0, equals), bare ? std::string_view() : pair.substr(equals + 1));
  }
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [name, value] : pairs) {
    out += name;
    out += '=';
    out += value;
    out += '&';
  }
  out.pop_back();
}

std::string canonical_request(std::string_view method, std::string_view target, const std::vector<Field>& fields,
                              std::string_view names, std::string_view payload_hash, bool path_as_sent) {
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  std::string out;
  out.reserve(1024 + target.size());
  for (const char c : method) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  out += '\n';
  append_path(out, target.substr(0, mark), path_as_sent);
  out += '\n';
  append_query(out, mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  out += '\n';
  append_headers(out, fields);
  out += '\n';
  out += names;
  out += '\n';
  out += payload_hash;
  return out;
}

std::string derive_key(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service) {
  const std::string day = hmac_sha256("AWS4" + std::string(secret), date);
  return hmac_sha256(hmac_sha256(hmac_sha256(day, region), service), kTerminator);
}

/// The derived key, kept for as long as a thread signs with the same secret, day, region and service.
const std::string& signing_key(std::string_view secret, std::string_view date, std::string_view region,
                               std::string_view service) {
  struct Derived {
    std::string secret, date, region, service, key;
  };
  thread_local Derived last;
  if (std::tie(last.secret, last.date, last.region, last.service) != std::tie(secret, date, region, service))
    last = {std::string(secret), std::string(date), std::string(region), std::string(service),
            derive_key(secret, date, region, service)};
  return last.key;
}

struct Scope {
  std::string_view date;  ///< `20150830`
  std::string_view region;
  std::string_view service;

  std::string text() const {
    std::string out;
    out.reserve(64);
    for (const std::string_view part : {date, region, service}) {
      out += part;
      out += '/';
    }
    return out += kTerminator;
  }
};

std::string signature_of(std::string_view canonical, std::string_view timestamp, const Scope& scope,
                         std::string_view secret) {
  std::string text;
  text.reserve(192);
  text += kAlgorithm;
  text += '\n';
  text += timestamp;
  text += '\n';
  text += scope.text();
  text += '\n';
  text += hex(digest(canonical));
  return hex(hmac_sha256(signing_key(secret, scope.date, scope.region, scope.service), text));
}

struct UrlParts {
  std::string_view host;    ///< as the Host header says it: without the scheme's own port
  std::string_view target;  ///< path and query, may be empty
};

UrlParts split_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) throw Error(ErrorKind::kUsage, "cannot sign: the URL has no scheme");
  const std::string_view scheme = url.substr(0, colon);
  const std::string_view rest = url.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  UrlParts parts{rest.substr(0, end), rest.substr(end)};
  const std::string_view own_port = scheme == "https" ? ":443" : ":80";
  if (parts.host.ends_with(own_port)) parts.host.remove_suffix(own_port.size());
  return parts;
}

std::vector<Field> fields_to_sign(const net::Headers& sent, const net::Headers& added, std::string_view host) {
  std::vector<Field> fields;
  fields.reserve(sent.size() + added.size() + 1);
  bool has_host = false;
  for (const net::Headers* headers : {&sent, &added}) {
    for (const auto& [name, value] : *headers) {
      Field field{to_lower(name), value};
      if (is_unsigned_header(field.first)) continue;
      has_host = has_host || field.first == "host";
      fields.push_back(std::move(field));
    }
  }
  if (!has_host) fields.emplace_back("host", host);
  std::stable_sort(fields.begin(), fields.end(), [](const Field& a, const Field& b) { return a.first < b.first; });
  return fields;
}

// ---- what a server does ----

struct Authorization {
  std::string_view key_id;
  Scope scope;
  std::vector<std::string_view> names;
  std::string_view signed_names;
  std::string_view signature;
};

/// `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX`
std::optional<Authorization> parse_authorization(std::string_view text) {
  if (!text.starts_with(kAlgorithm)) return std::nullopt;
  std::string_view credential;
  Authorization parsed;
  for (std::string_view part : split(text.substr(kAlgorithm.size()), ',')) {
    part = trim(part);
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (name == "Credential") credential = value;
    if (name == "SignedHeaders") parsed.signed_names = value;
    if (name == "Signature") parsed.signature = value;
  }
  const auto parts = split(credential, '/');
  if (parts.size() != 5 || parts[4] != kTerminator || parts[1].size() != 8) return std::nullopt;
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
std::optional<std::vector<Field>> signed_fields(const std::vector<std::string_view>& names,
                                                const net::Headers& headers) {
  std::vector<Field> fields;
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
  const auto stated = net::header(headers, "x-amz-content-sha256");
  if (stated == kUnsignedPayload && service == "s3") return stated;
  std::string actual = hex(digest(body));
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

std::string sha256(std::string_view bytes) {
  return digest(bytes);
}

/// RFC 2104 on top of the kept digest context: OpenSSL's own HMAC looks its parts up anew on every call.
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  constexpr std::size_t kBlock = 64;
  char inner[kBlock] = {}, outer[kBlock] = {};
  const std::string short_key = key.size() > kBlock ? digest(key) : std::string();
  if (key.size() > kBlock) key = short_key;
  if (!key.empty()) std::memcpy(inner, key.data(), key.size());
  for (std::size_t i = 0; i < kBlock; ++i) {
    outer[i] = static_cast<char>(inner[i] ^ 0x5C);
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
  }
  const std::string first = digest({inner, kBlock}, bytes);
  std::string out = digest({outer, kBlock}, first);
  OPENSSL_cleanse(inner, kBlock);
  OPENSSL_cleanse(outer, kBlock);
  return out;
}

net::Headers sign(std::string_view method, std::string_view url, const net::Headers& headers, std::string_view body,
                  const Credentials& credentials, const SigningScope& scope, SystemTime now) {
  const UrlParts parts = split_url(url);
  const bool s3 = scope.service == "s3";
  const auto stated_hash = net::header(headers, "x-amz-content-sha256");
  const std::string payload_hash = stated_hash ? *stated_hash : hex(digest(body));
  const std::string timestamp = basic_iso8601(now);

  net::Headers added;
  added.reserve(4);
  added.emplace_back("X-Amz-Date", timestamp);
  if (!credentials.session_token.empty()) added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  if (s3 && !stated_hash) added.emplace_back("X-Amz-Content-Sha256", payload_hash);

  const std::vector<Field> fields = fields_to_sign(headers, added, parts.host);
  const std::string names = names_of(fields);
  const Scope day_scope{std::string_view(timestamp).substr(0, 8), scope.region, scope.service};
  const std::string canonical = canonical_request(method, parts.target, fields, names, payload_hash, s3);

  std::string authorization;
  authorization.reserve(320);
  authorization += kAlgorithm;
  authorization += " Credential=";
  authorization += credentials.access_key_id;
  authorization += '/';
  authorization += day_scope.text();
  authorization += ", SignedHeaders=";
  authorization += names;
  authorization += ", Signature=";
  authorization += signature_of(canonical, timestamp, day_scope, credentials.secret_access_key);
  added.emplace_back("Authorization", std::move(authorization));
  return added;
}

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

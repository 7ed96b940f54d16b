#include "aws/sigv4.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "aws/canonical_request.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
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
// The texts are made in canonical_request.cpp, the hashes in base/hash.cpp, and a server's check is
// verify_signature.cpp. Every frame of a streamed answer is signed, so each text is one string, the digest context and
// the derived key are kept by the thread, and OpenSSL's algorithm is looked up once.

namespace wsdeep::aws {
namespace {

bool is_unsigned_header(std::string_view lower_name) {
  constexpr std::array kNames{"authorization",   "connection", "user-agent",
                              "x-amzn-trace-id", "expect",     "transfer-encoding"};
  return std::find(kNames.begin(), kNames.end(), lower_name) != kNames.end();
}

std::string derive_key(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service) {
  const std::string day = hmac_sha256("AWS4" + std::string(secret), date);
  return hmac_sha256(hmac_sha256(hmac_sha256(day, region), service), kScopeTerminator);
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

std::vector<SignedField> fields_to_sign(const net::Headers& sent, const net::Headers& added, std::string_view host) {
  std::vector<SignedField> fields;
  fields.reserve(sent.size() + added.size() + 1);
  bool has_host = false;
  for (const net::Headers* headers : {&sent, &added}) {
    for (const auto& [name, value] : *headers) {
      SignedField field{to_lower(name), value};
      if (is_unsigned_header(field.first)) continue;
      has_host = has_host || field.first == "host";
      fields.push_back(std::move(field));
    }
  }
  if (!has_host) fields.emplace_back("host", host);
  std::stable_sort(fields.begin(), fields.end(),
                   [](const SignedField& a, const SignedField& b) { return a.first < b.first; });
  return fields;
}

}  // namespace

std::string CredentialScope::text() const {
  std::string out;
  out.reserve(64);
  for (const std::string_view part : {date, region, service}) {
    out += part;
    out += '/';
  }
  return out += kScopeTerminator;
}

std::string signature_of(std::string_view canonical, std::string_view timestamp, const CredentialScope& scope,
                         std::string_view secret) {
  std::string text;
  text.reserve(192);
  text += kSignatureAlgorithm;
  text += '\n';
  text += timestamp;
  text += '\n';
  text += scope.text();
  text += '\n';
  text += hex(sha256(canonical));
  return hex(hmac_sha256(signing_key(secret, scope.date, scope.region, scope.service), text));
}

net::Headers sign(std::string_view method, std::string_view url, const net::Headers& headers, std::string_view body,
                  const Credentials& credentials, const SigningScope& scope, SystemTime now) {
  const auto stated_hash = net::header(headers, "x-amz-content-sha256");
  return sign_hashed(method, url, headers, stated_hash ? *stated_hash : hex(sha256(body)), credentials, scope, now);
}

net::Headers sign_hashed(std::string_view method, std::string_view url, const net::Headers& headers,
                         std::string_view payload_hash, const Credentials& credentials, const SigningScope& scope,
                         SystemTime now) {
  const UrlParts parts = split_url(url);
  const bool s3 = scope.service == "s3";
  const std::string timestamp = basic_iso8601(now);

  net::Headers added;
  added.reserve(4);
  added.emplace_back("X-Amz-Date", timestamp);
  if (!credentials.session_token.empty()) added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  if (s3 && !net::header(headers, "x-amz-content-sha256")) added.emplace_back("X-Amz-Content-Sha256", payload_hash);

  const std::vector<SignedField> fields = fields_to_sign(headers, added, parts.host);
  const std::string names = names_of(fields);
  const CredentialScope day_scope{std::string_view(timestamp).substr(0, 8), scope.region, scope.service};
  const std::string canonical = canonical_request(method, parts.target, fields, names, payload_hash, s3);

  std::string authorization;
  authorization.reserve(320);
  authorization += kSignatureAlgorithm;
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

}  // namespace wsdeep::aws

#include "wire/backend_signature.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "wire/gateway_event.h"

namespace wsdeep::wire {
namespace {

constexpr std::string_view kVersion = "v2=";
constexpr std::size_t kHexDigits = 64;
constexpr std::int64_t kLastSecond = 99'999'999'999;  // of eleven digits: no sum below can overflow

}  // namespace

std::string signed_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string lines;
  for (const std::string_view name : kSignedHeaders)
    if (const auto value = field(headers, name); value && !value->empty())
      lines += fmt::format("{}:{}\n", name, *value);
  return lines;
}

bool is_signable_value(std::string_view value) {
  return !value.empty() && value.front() != ' ' && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string backend_signature(std::string_view secret, const SignedRequest& request, std::string_view timestamp) {
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}\n{}", request.method, request.path, timestamp, request.headers, request.body);
  return fmt::format("{}{}", kVersion, hex(hmac_sha256(secret, text)));
}

SignatureVerdict check_backend_signature(std::string_view secret, const SignedRequest& request,
                                         std::string_view timestamp, std::string_view signature,
                                         std::int64_t now_seconds) {
  if (timestamp.empty() || signature.empty()) return SignatureVerdict::kMissing;
  const auto time = parse_integer(timestamp, 0, kLastSecond);
  if (!time || signature.size() != kVersion.size() + kHexDigits || !signature.starts_with(kVersion))
    return SignatureVerdict::kMalformed;
  if (*time < now_seconds - kSignatureLifeSeconds || *time > now_seconds + kSignatureLifeSeconds)
    return SignatureVerdict::kStale;
  // With a line break of its own a path could stand for another path and time.
  if (request.path.find('\n') != std::string_view::npos) return SignatureVerdict::kWrong;
  if (secret.empty() || !constant_time_equal(backend_signature(secret, request, timestamp), to_lower(signature)))
    return SignatureVerdict::kWrong;
  return SignatureVerdict::kGood;
}

std::string_view words_of(SignatureVerdict verdict) {
  switch (verdict) {
    case SignatureVerdict::kGood:
      return {};
    case SignatureVerdict::kMissing:
      return "the request is not signed: X-Wsdeep-Timestamp and X-Wsdeep-Signature are required";
    case SignatureVerdict::kMalformed:
      return "X-Wsdeep-Timestamp must be seconds since 1970, X-Wsdeep-Signature v2= and 64 hexadecimal digits";
    case SignatureVerdict::kStale:
      return "the signature's time is more than 300 s from now: set the clock, or sign again";
    case SignatureVerdict::kWrong:
      break;
  }
  return "the signature is wrong: another secret, or another method, path, header or body than was signed";
}

}  // namespace wsdeep::wire

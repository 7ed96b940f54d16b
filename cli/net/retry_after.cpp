#include "net/retry_after.h"

#include <curl/curl.h>

#include <algorithm>
#include <string>

#include "base/text.h"

namespace wsdeep::net {
namespace {

constexpr std::int64_t kLongestSeconds = 3600;
constexpr std::int64_t kMostSeconds = 1'000'000'000;

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, SystemTime now) {
  const std::string value(trim(header(headers, "Retry-After").value_or("")));
  std::optional<std::int64_t> seconds = parse_integer(value, 0, kMostSeconds);
  if (!seconds && value.ends_with("GMT")) {
    // libcurl reads all three forms of a date that RFC 9110 has.
    const auto at = static_cast<std::int64_t>(::curl_getdate(value.c_str(), nullptr));
    if (at >= 0) seconds = at - epoch_seconds(now);
  }
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, kLongestSeconds));
}

}  // namespace wsdeep::net

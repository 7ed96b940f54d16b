#include "llm/client/cookies.h"

#include <algorithm>

#include "base/text.h"

namespace wsdeep::llm {
namespace {

// ALB's and HAProxy's cookies are below 200 bytes; gRPC peers accept 8 KB of metadata in all.
constexpr std::size_t kMaxCookieBytes = 1024;
constexpr std::size_t kMaxCookies = 4;

/// RFC 6265's cookie-octet, and for a name RFC 9110's token, both a little narrower than the standards allow.
bool is_cookie_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != ';' && c != ',' && c != '\\'; });
}

bool says_expired(std::string_view attribute) {
  const std::size_t equals = attribute.find('=');
  if (equals == std::string_view::npos || !iequals(trim(attribute.substr(0, equals)), "max-age")) return false;
  const std::string_view age = trim(attribute.substr(equals + 1));
  return age == "0" || age.starts_with('-');
}

}  // namespace

CookieJar::CookieJar(std::string_view header) {
  if (header.size() > kMaxCookies * (kMaxCookieBytes + 2)) return;
  for (const std::string_view pair : split(header, ';')) put(pair);
}

void CookieJar::take(std::string_view set_cookie) {
  const auto parts = split(set_cookie, ';');
  const bool expired = std::any_of(parts.begin() + 1, parts.end(), says_expired);
  put(expired ? parts[0].substr(0, parts[0].find('=') + 1) : parts[0]);
}

void CookieJar::put(std::string_view pair) {
  pair = trim(pair);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || equals == 0 || pair.size() > kMaxCookieBytes) return;
  const std::string_view name = pair.substr(0, equals), value = pair.substr(equals + 1);
  if (!is_cookie_text(name) || !is_cookie_text(value)) return;
  if (const auto old = cookies_.find(name); old != cookies_.end()) cookies_.erase(old);
  if (!value.empty() && cookies_.size() < kMaxCookies) cookies_.emplace(name, value);
}

std::string CookieJar::header() const {
  std::string out;
  for (const auto& [name, value] : cookies_) out += (out.empty() ? "" : "; ") + name + "=" + value;
  return out;
}

}  // namespace wsdeep::llm

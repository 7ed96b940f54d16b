#include "auth/exchange/cookies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "auth/token_sources.h"

namespace wsdeep::auth::exchange {
namespace {

/// As long as the refresh tokens of the stack's own pool are good. An existing pool's may end earlier: it is refused
/// then.
constexpr std::chrono::seconds kRefreshAge = std::chrono::days(30);

CookieAttributes token_attributes(std::chrono::seconds max_age, const CookiePlace& place) {
  return {"/", SameSite::kStrict, max_age, place.secure, place.domain};
}

CookieAttributes refresh_attributes(std::chrono::seconds max_age, bool secure) {
  return {"/auth", SameSite::kStrict, max_age, secure};
}

/// All names that a token may have come under before, but those that are set now.
void end_others(std::vector<std::string>& cookies, std::size_t parts, const CookiePlace& place) {
  const CookieAttributes ends = token_attributes(std::chrono::seconds(0), place);
  if (parts != 1) cookies.push_back(set_cookie(kTokenCookie, "", ends));
  if (parts < 2)
    for (const std::string_view name : kTokenPartCookies) cookies.push_back(set_cookie(name, "", ends));
}

std::optional<std::string> whole(const std::string& token, const CookieAttributes& attributes) {
  std::string cookie = set_cookie(kTokenCookie, token, attributes);
  return cookie.size() <= kMaxCookieBytes ? std::optional(std::move(cookie)) : std::nullopt;
}

std::vector<std::string> split_in_two(std::string_view token, const CookieAttributes& attributes) {
  if (token.size() > kMaxTokenInCookies) return {};
  const std::size_t half = (token.size() + 1) / 2;
  std::vector<std::string> cookies = {set_cookie(kTokenPartCookies[0], token.substr(0, half), attributes),
                                      set_cookie(kTokenPartCookies[1], token.substr(half), attributes)};
  const bool fit = std::ranges::all_of(cookies, [](const auto& one) { return one.size() <= kMaxCookieBytes; });
  return fit ? cookies : std::vector<std::string>();
}

}  // namespace

std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes) {
  std::string cookie = fmt::format("{}={}; Path={}; Max-Age={}; HttpOnly", name, value, attributes.path,
                                   std::max<std::int64_t>(attributes.max_age.count(), 0));
  if (!attributes.domain.empty()) cookie += fmt::format("; Domain={}", attributes.domain);
  if (attributes.secure) cookie += "; Secure";
  return cookie + (attributes.same_site == SameSite::kStrict ? "; SameSite=Strict" : "; SameSite=Lax");
}

bool is_cookie_value(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < 0x7F && std::string_view("\",;\\").find(c) == std::string_view::npos; });
}

std::string_view name_of(Carrier carrier) {
  switch (carrier) {
    case Carrier::kIdToken:
      return "id_token";
    case Carrier::kAccessToken:
      return "access_token";
    case Carrier::kSplitIdToken:
      return "id_token_in_two";
    case Carrier::kSplitAccessToken:
      return "access_token_in_two";
  }
  return "";
}

std::optional<TokenCookies> token_cookies(const std::string& id_token, const std::string& access_token,
                                          std::chrono::seconds max_age, const CookiePlace& place) {
  const CookieAttributes attributes = token_attributes(max_age, place);
  for (const auto& [carrier, token] : {std::pair{Carrier::kIdToken, &id_token}, {Carrier::kAccessToken, &access_token}})
    if (auto cookie = whole(*token, attributes)) {
      TokenCookies set{carrier, {std::move(*cookie)}};
      end_others(set.cookies, 1, place);
      return set;
    }
  for (const auto& [carrier, token] :
       {std::pair{Carrier::kSplitIdToken, &id_token}, {Carrier::kSplitAccessToken, &access_token}})
    if (auto parts = split_in_two(*token, attributes); !parts.empty()) {
      TokenCookies set{carrier, std::move(parts)};
      end_others(set.cookies, 2, place);
      return set;
    }
  return std::nullopt;
}

std::vector<std::string> end_token_cookies(const CookiePlace& place) {
  std::vector<std::string> cookies;
  end_others(cookies, 0, place);
  return cookies;
}

std::string_view refresh_cookie_name(bool secure) {
  return secure ? "__Secure-wsdeep-refresh" : "wsdeep-refresh";
}

std::optional<std::string> refresh_cookie(const std::string& token, bool secure) {
  std::string cookie = set_cookie(refresh_cookie_name(secure), token, refresh_attributes(kRefreshAge, secure));
  return cookie.size() <= kMaxCookieBytes ? std::optional(std::move(cookie)) : std::nullopt;
}

std::string end_refresh_cookie(bool secure) {
  return set_cookie(refresh_cookie_name(secure), "", refresh_attributes(std::chrono::seconds(0), secure));
}

}  // namespace wsdeep::auth::exchange

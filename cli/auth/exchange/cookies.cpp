#include "auth/exchange/cookies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "auth/token_sources.h"
#include "base/encoding.h"
#include "base/hash.h"

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

/// All names that a token may have come under before, but those that are set in `parts` now. Where they are a domain's,
/// also those of this host alone, from before there was one: browsers send older ones first, and the first counts. They
/// come before what is set: a host's own and a domain's are the same to a browser where the domain is the host.
std::vector<std::string> end_others(std::size_t parts, const CookiePlace& place) {
  std::vector<std::string> cookies;
  const auto end = [&](std::string_view name, const CookiePlace& where) {
    cookies.push_back(set_cookie(name, "", token_attributes(std::chrono::seconds(0), where)));
  };
  const auto end_at = [&](const CookiePlace& where, std::size_t kept) {
    if (kept != 1) end(kTokenCookie, where);
    if (kept < 2)
      for (const std::string_view name : kTokenPartCookies) end(name, where);
  };
  if (!place.domain.empty()) end_at({place.secure, ""}, 0);
  end_at(place, parts);
  return cookies;
}

std::vector<std::string> whole(const LastingToken& token, const CookiePlace& place) {
  std::string cookie = set_cookie(kTokenCookie, token.text, token_attributes(token.max_age, place));
  return cookie.size() <= kMaxCookieBytes ? std::vector{std::move(cookie)} : std::vector<std::string>();
}

std::vector<std::string> split_in_two(const LastingToken& lasting, const CookiePlace& place, std::size_t most) {
  const std::string_view token = lasting.text;
  if (token.size() > most) return {};
  const CookieAttributes attributes = token_attributes(lasting.max_age, place);
  const std::size_t half = (token.size() + 1) / 2;
  std::vector<std::string> cookies = {set_cookie(kTokenPartCookies[0], token.substr(0, half), attributes),
                                      set_cookie(kTokenPartCookies[1], token.substr(half), attributes)};
  const bool fit = std::ranges::all_of(cookies, [](const auto& one) { return one.size() <= kMaxCookieBytes; });
  return fit ? cookies : std::vector<std::string>();
}

std::string_view refresh_cookie_name(bool secure) {
  return secure ? "__Secure-wsdeep-refresh" : "wsdeep-refresh";
}

std::string_view mark_cookie_name(bool secure) {
  return secure ? "__Host-wsdeep-renewal" : "wsdeep-renewal";
}

CookieAttributes mark_attributes(std::chrono::seconds max_age, bool secure) {
  return {"/", SameSite::kStrict, max_age, secure};
}

std::string mark_of(std::string_view refresh_token) {
  return base64url(sha256(refresh_token));
}

/// The values of all cookies (`name=value`) of that name.
std::vector<std::string_view> values_of(const std::vector<std::string>& cookies, std::string_view name) {
  std::vector<std::string_view> values;
  for (const std::string_view cookie : cookies)
    if (cookie.starts_with(name) && cookie.substr(name.size()).starts_with('='))
      values.push_back(cookie.substr(name.size() + 1));
  return values;
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

std::optional<TokenCookies> token_cookies(const LastingToken& id_token, const LastingToken& access_token,
                                          const CookiePlace& place, std::size_t most) {
  const auto carried_by = [&](Carrier carrier, std::vector<std::string> set) {
    TokenCookies result{carrier, end_others(set.size(), place)};
    std::ranges::move(set, std::back_inserter(result.cookies));
    return result;
  };
  for (const auto& [carrier, token] : {std::pair{Carrier::kIdToken, &id_token}, {Carrier::kAccessToken, &access_token}})
    if (auto cookie = whole(*token, place); !cookie.empty()) return carried_by(carrier, std::move(cookie));
  for (const auto& [carrier, token] :
       {std::pair{Carrier::kSplitIdToken, &id_token}, {Carrier::kSplitAccessToken, &access_token}})
    if (auto parts = split_in_two(*token, place, most); !parts.empty()) return carried_by(carrier, std::move(parts));
  return std::nullopt;
}

std::vector<std::string> end_token_cookies(const CookiePlace& place) {
  return end_others(0, place);
}

std::vector<std::string> refresh_cookies(const std::string& token, bool secure) {
  if (!is_cookie_value(token)) return {};
  std::string cookie = set_cookie(refresh_cookie_name(secure), token, refresh_attributes(kRefreshAge, secure));
  if (token.empty() || cookie.size() > kMaxCookieBytes) return {};
  return {std::move(cookie),
          set_cookie(mark_cookie_name(secure), mark_of(token), mark_attributes(kRefreshAge, secure))};
}

std::vector<std::string> end_refresh_cookies(bool secure) {
  constexpr std::chrono::seconds kNow{0};
  return {set_cookie(refresh_cookie_name(secure), "", refresh_attributes(kNow, secure)),
          set_cookie(mark_cookie_name(secure), "", mark_attributes(kNow, secure))};
}

std::string find_refresh_token(const std::vector<std::string>& cookies, bool secure) {
  const std::vector<std::string_view> marks = values_of(cookies, mark_cookie_name(secure));
  for (const std::string_view token : values_of(cookies, refresh_cookie_name(secure))) {
    if (token.empty() || !is_cookie_value(token)) continue;
    if (std::ranges::find(marks, mark_of(token)) != marks.end()) return std::string(token);
  }
  return "";
}

std::string find_any_refresh_token(const std::vector<std::string>& cookies, bool secure) {
  if (std::string own = find_refresh_token(cookies, secure); !own.empty()) return own;
  for (const std::string_view token : values_of(cookies, refresh_cookie_name(secure)))
    if (!token.empty() && is_cookie_value(token)) return std::string(token);
  return "";
}

}  // namespace wsdeep::auth::exchange

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace wsdeep::auth {

/// The cookie that our own sign-in writes (exchange/cookies.h), and those that hold a token too large for one, in
/// order.
inline constexpr std::string_view kTokenCookie = "id_token";
inline constexpr std::array<std::string_view, 2> kTokenPartCookies = {"id_token.0", "id_token.1"};

/// The token of a `$connect` request (contract §1), in order: cookies `authToken`, `auth`, `id_token`, the latter's two
/// parts; header `Authorization: Bearer`; query `token` when `allow_query`. Nothing when there is none.
std::optional<std::string> find_token(const net::Headers& headers, const net::Headers& query, bool allow_query);

/// That of the cookies alone, which a browser sends along whoever made it ask.
std::optional<std::string> find_cookie_token(const net::Headers& headers);

/// The token that our own sign-in wrote, and no other's: `id_token`, else its two parts.
std::optional<std::string> find_own_token(const net::Headers& headers);

/// The value of cookie `name` in a Cookie header (RFC 6265 §5.4); the first one counts.
std::optional<std::string> cookie_value(std::string_view cookie_header, std::string_view name);

/// True when `origin` equals an allowed one exactly: scheme, host and port, the scheme's own port filled in on both
/// sides; no prefix, no wildcard.
bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed);

}  // namespace wsdeep::auth

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The cookies of a browser that is signed in (RFC 6265).
///
///   id_token                    Path=/       Strict  the token that the WebSocket API and the REST interface read
///   id_token.0, id_token.1      Path=/       Strict  the same in two parts, when it is too large for one
///   __Secure-wsdeep-refresh     Path=/auth   Strict  goes to nobody but us
///   __Secure-wsdeep-login-ID    Path=/auth   Lax     one sign-in on its way (pending_login.h); the pool's page sends
///   the
///                                                    browser back across sites, where Strict cookies stay behind
///
/// All are HttpOnly, and Secure but for plain http, which is for this machine alone: there the names have no
/// `__Secure-`. `id_token` can have no prefix: clients rely on its name (contract §1), and `__Host-` would keep it from
/// the WebSocket API, which has a host of its own.
namespace wsdeep::auth::exchange {

/// What browsers keep of a cookie: name, value and, so that none of them can differ, attributes.
inline constexpr std::size_t kMaxCookieBytes = 4096;
/// API Gateway takes 10,240 bytes of headers with a request, of which the refresh token is up to 2 KB and what a
/// browser says of itself 1 KB. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
inline constexpr std::size_t kMaxTokenInCookies = 7000;

struct CookiePlace {
  bool secure = true;
  std::string domain;  ///< of the token's cookies; empty: the host that sets them, and no other
};

enum class SameSite { kLax, kStrict };

struct CookieAttributes {
  std::string_view path;
  SameSite same_site = SameSite::kStrict;
  std::chrono::seconds max_age{0};  ///< 0: it ends now
  bool secure = true;
  std::string_view domain = {};
};
/// The value of a Set-Cookie header. `value` must be is_cookie_value.
std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes);
/// Only what a cookie may hold without quotes, and so nothing that could begin an attribute or a header.
bool is_cookie_value(std::string_view text);

/// How a token got into cookies.
enum class Carrier { kIdToken, kAccessToken, kSplitIdToken, kSplitAccessToken };
std::string_view name_of(Carrier carrier);

struct TokenCookies {
  Carrier carrier = Carrier::kIdToken;
  std::vector<std::string> cookies;
};
/// The first that fits: the ID token, which says more of the user; the access token; one of them in two parts. Nothing
/// when none does: a user of very many groups. Ends what an earlier token left.
std::optional<TokenCookies> token_cookies(const std::string& id_token, const std::string& access_token,
                                          std::chrono::seconds max_age, const CookiePlace& place);
std::vector<std::string> end_token_cookies(const CookiePlace& place);

std::string_view refresh_cookie_name(bool secure);
/// Nothing for a token that no cookie holds.
std::optional<std::string> refresh_cookie(const std::string& token, bool secure);
std::string end_refresh_cookie(bool secure);

}  // namespace wsdeep::auth::exchange

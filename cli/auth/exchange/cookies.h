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
///   __Host-wsdeep-renewal       Path=/       Strict  the refresh token's SHA-256: that one is of our own setting
///   __Host-wsdeep-login-ID      Path=/       Lax     one sign-in on its way (pending_login.h): the pool's page sends
///                                                    the browser back across sites, where Strict cookies stay behind
///
/// All are HttpOnly, and Secure but for plain http, which is for this machine alone: there the names have no prefix.
/// Any host below the same domain may set a cookie for us (RFC 6265 §8.6), and would sign people in as somebody else
/// with a refresh token, or a sign-in, of his; but none that is named `__Host-`, which has to have Path=/. `id_token`
/// can have no prefix: clients rely on its name (contract §1), and `__Host-` would keep it from the WebSocket API,
/// which has a host of its own.
namespace wsdeep::auth::exchange {

/// What browsers keep of a cookie: name, value and, so that none of them can differ, attributes.
inline constexpr std::size_t kMaxCookieBytes = 4096;
/// API Gateway takes 10,240 bytes of request line and headers, of which sign-ins on their way, names and marks are
/// 840 bytes, and what a browser says of itself 1 KB. The rest is for the token and the refresh token, which is 1.8 KB
/// as a rule. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
inline constexpr std::size_t kMaxTokensInCookies = 8300;
inline constexpr std::size_t kMaxTokenInCookies = 6400;

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
struct LastingToken {
  std::string_view text;
  std::chrono::seconds max_age;  ///< as long as it is good
};
/// The first that fits: the ID token, which says more of the user; the access token; one of them in two parts, of at
/// most `most` bytes. Nothing when none does: a user of very many groups. Ends what an earlier token left.
std::optional<TokenCookies> token_cookies(const LastingToken& id_token, const LastingToken& access_token,
                                          const CookiePlace& place, std::size_t most = kMaxTokenInCookies);
std::vector<std::string> end_token_cookies(const CookiePlace& place);

/// The cookie and its mark. None for a token that no cookie holds.
std::vector<std::string> refresh_cookies(const std::string& token, bool secure);
std::vector<std::string> end_refresh_cookies(bool secure);
/// The refresh token that we have set, among the request's cookies (`name=value`); empty when there is none.
std::string find_refresh_token(const std::vector<std::string>& cookies, bool secure);
/// Also one without its mark, which may be of anybody's setting: good for being revoked, and for nothing else.
std::string find_any_refresh_token(const std::vector<std::string>& cookies, bool secure);

}  // namespace wsdeep::auth::exchange

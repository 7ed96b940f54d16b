#pragma once

#include <string>
#include <utility>

#include "auth/exchange/answers.h"
#include "auth/exchange/config.h"
#include "auth/exchange/cookies.h"
#include "auth/exchange/pending_login.h"
#include "auth/exchange/pool.h"
#include "base/clock.h"
#include "wire/http_event.h"

/// Signing in with a browser: the pool's page gives a code, and the exchange turns it into cookies, so that no script
/// of a page ever holds a token. OAuth 2.0's authorization code grant with PKCE, state and nonce (RFC 6749, RFC 7636,
/// OpenID Connect Core; RFC 9700 for what goes wrong).
///
///   GET  /auth/login?redirect=URL → 302 the pool's page → 302 GET /auth/callback?code&state → cookies, 302 URL
///   POST /auth/refresh            → cookies anew, and what GET /auth/session says
///   GET  /auth/session            → who this is; never a token
///   POST /auth/logout             → no cookies, the refresh token revoked, 303 the pool's page → URL
///   GET  /auth/logout             → a page that asks, and posts
namespace wsdeep::auth::exchange {

struct Reply {
  wire::HttpAnswer http;
  std::string outcome;  ///< for the log: `signed_in`, or the code of a refusal
  std::string user_id;  ///< whose request it was, where that is known
};

class Exchange {
 public:
  /// All three have to outlive it; for one thread at a time.
  Exchange(const Config& config, Pool& pool, const Clock& clock) : config_(config), pool_(pool), clock_(clock) {}

  Reply answer(const wire::HttpEvent& event);

 private:
  Reply route(const Visit& visit);
  Reply login(const Visit& visit);
  Reply callback(const Visit& visit);
  Reply refresh(const Visit& visit);
  Reply session(const Visit& visit);
  Reply ask_logout(const Visit& visit);
  Reply logout(const Visit& visit);

  Reply finish_login(const Visit& visit, const PendingLogin& pending, const std::string& code);
  Reply finish_refresh(const Visit& visit, const PoolTokens& tokens, std::size_t refresh_bytes);
  /// The claims of an ID token that the pool has just given. Throws Refusal, PoolError.
  TokenClaims accept_id_token(const std::string& token);
  struct Carried {
    TokenCookies set;
    std::int64_t expires_at;  ///< epoch seconds; of the token that the cookies hold
  };
  /// The cookies of `tokens`, whose ID token has `claims`, beside a refresh token of `refresh_bytes`. Throws Refusal
  /// when no cookie holds them, PoolError.
  Carried carry(const Visit& visit, const PoolTokens& tokens, const TokenClaims& claims, std::size_t refresh_bytes);
  CookiePlace place_of(const Visit& visit) const { return {visit.secure, config_.cookie_domain}; }

  const Config& config_;
  Pool& pool_;
  const Clock& clock_;
};

}  // namespace wsdeep::auth::exchange

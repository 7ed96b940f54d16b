#include "auth/exchange/exchange.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "auth/authorization_code.h"
#include "auth/exchange/own_page.h"
#include "auth/token_parts.h"
#include "auth/token_sources.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "net/form.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::auth::exchange {
namespace {

constexpr const char* kCallbackPath = "/auth/callback";
constexpr std::size_t kMaxCode = 2048, kMaxBody = 8 << 10;

/// A parameter that may come once (RFC 6749 §3.1).
std::string one(const Visit& visit, std::string_view name) {
  const auto& query = visit.event.query;
  const auto named = [&](const auto& field) { return field.first == name; };
  const auto found = std::ranges::find_if(query, named);
  if (found == query.end()) return "";
  if (std::ranges::count_if(query, named) > 1)
    throw Refusal(400, "invalid_request", "The address has " + std::string(name) + " more than once.");
  return found->second;
}

bool is_plain_text(std::string_view text, std::size_t most) {
  return text.size() <= most && is_utf8(text) && strip_control(text) == text &&
         text.find_first_of("\t\n") == std::string_view::npos;
}

/// `wanted` when it is listed, exactly as it stands there: what browsers and parsers make of an address cannot differ
/// then.
const std::string& require_listed(const std::string& wanted, const std::vector<std::string>& listed) {
  const auto found = std::ranges::find(listed, wanted);
  if (found != listed.end()) return *found;
  throw Refusal(400, "redirect_not_allowed",
                "The app that sent you here wants you back at an address that is not allowed.");
}

/// Where a sign-in leads that names no page: our own front page if it is listed, else the first that is.
const std::string& default_target(const Visit& visit, const std::vector<std::string>& listed) {
  const auto own = std::ranges::find(listed, visit.base + "/");
  return own != listed.end() ? *own : listed.front();
}

std::string refresh_token_of_request(const Visit& visit) {
  return find_refresh_token(visit.event.cookies, visit.secure);
}

std::string end_pending(const Visit& visit, std::string_view name) {
  return set_cookie(name, "",
                    {pending_cookie_path(visit.secure), SameSite::kLax, std::chrono::seconds(0), visit.secure});
}

std::string token_of_request(const Visit& visit) {
  const net::Headers headers{{"cookie", std::string(wire::header_of(visit.event, "cookie"))}};
  return find_own_token(headers).value_or("");
}

bool has_nonce(const TokenClaims& claims, const std::string& nonce) {
  const wire::Json document = wire::parse_json(claims.json, "ID token");
  return constant_time_equal(wire::JsonFields(document).text_or("nonce", ""), nonce);
}

/// `expires_at` in epoch seconds, of the token that the browser holds.
std::string session_json(const TokenClaims& claims, std::int64_t expires_at, bool can_refresh) {
  wire::JsonObject session;
  session.add("signedIn", true).add("userId", claims.subject).add("username", claims.username);
  if (!claims.email.empty()) session.add("email", claims.email);
  return session.add_json("groups", wire::json_strings(claims.groups))
      .add("expiresAt", expires_at * 1000)
      .add("canRefresh", can_refresh)
      .text();
}

Refusal expired_login(const std::string& text) {
  return {400, "invalid_state", text};
}

Refusal token_too_large() {
  return {
      403, "token_too_large",
      "You are in so many groups that no browser can hold your sign-in. Please ask whoever runs this chat to take you "
      "out of some."};
}

/// What the pool's page says in the place of a code, in its words.
Refusal refused_at_the_page(const Visit& visit, const std::string& error) {
  constexpr std::size_t kMaxShown = 300;
  const std::string text = one(visit, "error_description");
  const std::string shown =
      printable(error.substr(0, kMaxShown) + (text.empty() ? "" : ": " + text.substr(0, kMaxShown)));
  Refusal refusal(403, "refused_at_sign_in", "You are not signed in: " + shown);
  refusal.cause = shown;
  return refusal;
}

/// The cookies of a refresh token that the pool has given, and that is the only one from now on. Without one, or with
/// one that no cookie holds, those of an earlier one, which may be somebody else's, end.
std::vector<std::string> refresh_cookies_or_ends(const std::string& token, bool secure) {
  std::vector<std::string> cookies = refresh_cookies(token, secure);
  if (cookies.empty()) cookies = end_refresh_cookies(secure);
  return cookies;
}

void append(std::vector<std::string>& cookies, std::vector<std::string> more) {
  std::ranges::move(more, std::back_inserter(cookies));
}

Reply refused_reply(const Visit& visit, const Refusal& refusal) {
  return {refused(visit, refusal), refusal.code() + (refusal.cause.empty() ? "" : ": " + refusal.cause), ""};
}

void require_own_page(const Visit& visit, const Config& config) {
  if (!is_from_own_page(visit.event, visit.base, config))
    throw Refusal(403, "foreign_page", "This was asked for by a page of another site.");
}

/// The field `redirect` of a posted form. Whoever posts nothing needs no content type.
std::string posted_redirect(const Visit& visit) {
  if (visit.event.body.empty()) return "";
  const std::string_view type = wire::header_of(visit.event, "content-type");
  if (!iequals(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded"))
    throw Refusal(415, "unsupported_media_type", "A body has to be application/x-www-form-urlencoded.");
  if (visit.event.body.size() > kMaxBody) throw Refusal(413, "too_large", "The form is too large.");
  const auto fields = net::decode_form(visit.event.body);
  if (!fields) throw Refusal(400, "invalid_request", "The form is malformed.");
  return std::string(net::field_of(*fields, "redirect"));
}

}  // namespace

Reply Exchange::answer(const wire::HttpEvent& event) {
  const Visit visit = visit_of(event, config_);
  try {
    return route(visit);
  } catch (const Refusal& refusal) {
    return refused_reply(visit, refusal);
  } catch (const PoolError& error) {
    return refused_reply(visit, refusal_of(error));
  }
}

Reply Exchange::route(const Visit& visit) {
  struct Route {
    std::string_view path, method;
    Reply (Exchange::*answer)(const Visit&);
  };
  static constexpr std::array<Route, 6> kRoutes = {{{"/auth/login", "GET", &Exchange::login},
                                                    {kCallbackPath, "GET", &Exchange::callback},
                                                    {"/auth/refresh", "POST", &Exchange::refresh},
                                                    {"/auth/session", "GET", &Exchange::session},
                                                    {"/auth/logout", "GET", &Exchange::ask_logout},
                                                    {"/auth/logout", "POST", &Exchange::logout}}};
  std::string methods;
  for (const Route& row : kRoutes) {
    if (visit.event.path != row.path) continue;
    if (visit.event.method == row.method) return (this->*row.answer)(visit);
    methods += (methods.empty() ? "" : ", ") + std::string(row.method);
  }
  if (methods.empty()) throw Refusal(404, "not_found", "There is no such page.");
  Refusal refusal(405, "method_not_allowed", "This address takes " + methods + " only.");
  refusal.headers.emplace_back("Allow", methods);
  throw refusal;
}

Reply Exchange::login(const Visit& visit) {
  const std::string wanted = one(visit, "redirect"), provider = one(visit, "provider"), hint = one(visit, "login_hint");
  constexpr std::size_t kMaxProvider = 32, kMaxHint = 128;  // as Cognito bounds names of providers and of users
  if (!is_plain_text(provider, kMaxProvider) || !is_plain_text(hint, kMaxHint))
    throw Refusal(400, "invalid_request", "The app's request is malformed.");
  const std::vector<std::string>& listed = config_.redirect_urls;
  const std::string& target = wanted.empty() ? default_target(visit, listed) : require_listed(wanted, listed);
  const PendingLogin pending = begin_login(target, clock_.now());
  Reply reply{redirect_answer(302, authorization_url({config_.hosted_ui_url, config_.client_id,
                                                      visit.base + kCallbackPath, pending.state, pending.nonce,
                                                      pkce_challenge(pending.verifier), provider, hint})),
              "login", ""};
  for (const std::string& name : pending_to_end(visit.event.cookies, visit.secure, clock_.now()))
    reply.http.cookies.push_back(end_pending(visit, name));
  reply.http.cookies.push_back(
      set_cookie(pending_cookie_name(pending.id(), visit.secure), write_pending(pending),
                 {pending_cookie_path(visit.secure), SameSite::kLax, kPendingAge, visit.secure}));
  return reply;
}

Reply Exchange::callback(const Visit& visit) {
  const std::string state = one(visit, "state"), code = one(visit, "code"), error = one(visit, "error");
  const auto pending = find_pending(visit.event.cookies, state, visit.secure);
  if (!pending)
    throw expired_login("This sign-in was not begun in this browser, took more than ten minutes, or is over already.");
  const std::string ended = end_pending(visit, pending_cookie_name(pending->id(), visit.secure));
  const auto refuse = [&](Refusal refusal) {
    refusal.cookies.push_back(ended);
    return refusal;
  };
  if (!is_current(*pending, clock_.now())) throw refuse(expired_login("This sign-in took more than ten minutes."));
  if (!error.empty()) throw refuse(refused_at_the_page(visit, error));
  if (code.empty() || !is_plain_text(code, kMaxCode))
    throw refuse({400, "invalid_request", "The sign-in page gave no code that can be used."});
  try {
    Reply reply = finish_login(visit, *pending, code);
    reply.http.cookies.push_back(ended);
    return reply;
  } catch (const PoolError& fault) {
    // A pool that could not answer may do so when the person loads the page again; a code that it refused is used up.
    if (fault.fault() != PoolFault::kRefused) throw;
    throw refuse(refusal_of(fault));
  } catch (const Refusal& refusal) {
    throw refuse(refusal);
  }
}

Reply Exchange::finish_login(const Visit& visit, const PendingLogin& pending, const std::string& code) {
  pool_.ready();
  const PoolTokens tokens = pool_.redeem(code, pending.verifier, visit.base + kCallbackPath);
  const TokenClaims claims = accept_id_token(tokens.id_token);
  if (!has_nonce(claims, pending.nonce))
    throw Refusal(400, "wrong_nonce", "The sign-in service's answer does not belong to this sign-in.");
  // The list may have become shorter meanwhile.
  const std::vector<std::string>& listed = config_.redirect_urls;
  const auto target = std::ranges::find_if(listed, [&](const auto& url) { return target_mark(url) == pending.target; });
  Carried carried = carry(visit, tokens, claims, tokens.refresh_token.size());
  Reply reply{redirect_answer(302, target != listed.end() ? *target : default_target(visit, listed)),
              "signed_in by " + std::string(name_of(carried.set.carrier)), claims.subject};
  reply.http.cookies = std::move(carried.set.cookies);
  append(reply.http.cookies, refresh_cookies_or_ends(tokens.refresh_token, visit.secure));
  return reply;
}

TokenClaims Exchange::accept_id_token(const std::string& token) {
  if (token.size() > kMaxTokenBytes) throw token_too_large();
  TokenVerdict verdict = pool_.verify(token, "id");
  if (verdict) return std::move(verdict.claims);
  if (verdict.fault == TokenFault::kKeysUnavailable)
    throw PoolError(PoolFault::kUnreachable, "cannot fetch the pool's keys");
  throw PoolError(PoolFault::kConfused, "the pool's ID token is not accepted: " + std::string(name_of(verdict.fault)));
}

Exchange::Carried Exchange::carry(const Visit& visit, const PoolTokens& tokens, const TokenClaims& claims,
                                  std::size_t refresh_bytes) {
  for (const std::string* token : {&tokens.id_token, &tokens.access_token, &tokens.refresh_token})
    if (!is_cookie_value(*token)) throw PoolError(PoolFault::kConfused, "the pool's tokens are no text of a token");
  const TokenVerdict access = pool_.verify(tokens.access_token, "access");
  const auto lasting = [&](const std::string& token, std::int64_t expires_at) {
    const std::int64_t age = std::max<std::int64_t>(1, expires_at - epoch_seconds(clock_.now()));
    return LastingToken{token, std::chrono::seconds(age)};
  };
  const std::size_t room = kMaxTokensInCookies - std::min(refresh_bytes, kMaxTokensInCookies);
  auto set =
      token_cookies(lasting(tokens.id_token, claims.expires_at), lasting(tokens.access_token, access.claims.expires_at),
                    place_of(visit), std::min(room, kMaxTokenInCookies));
  if (!set) throw token_too_large();
  if (set->carrier == Carrier::kIdToken || set->carrier == Carrier::kSplitIdToken)
    return {*std::move(set), claims.expires_at};
  if (!access)
    throw PoolError(PoolFault::kConfused,
                    "the pool's access token is not accepted: " + std::string(name_of(access.fault)));
  if (access.claims.subject != claims.subject)
    throw PoolError(PoolFault::kConfused, "the pool's access token is another user's");
  return {*std::move(set), access.claims.expires_at};
}

/// A refusal of the pool leaves the cookies alone: where tokens are rotated, another tab may have got new ones
/// meanwhile, which this answer, coming after, would end.
Reply Exchange::refresh(const Visit& visit) {
  require_own_page(visit, config_);
  const std::string token = refresh_token_of_request(visit);
  if (token.empty()) throw Refusal(401, "not_signed_in", "You are not signed in.");
  pool_.ready();
  const PoolTokens tokens = pool_.renew(token);
  // The old one may be used up: without its successor the browser would be signed out by whatever goes wrong now.
  const auto keep = [&](Refusal refusal) {
    append(refusal.cookies, refresh_cookies(tokens.refresh_token, visit.secure));
    return refusal;
  };
  try {
    return finish_refresh(visit, tokens, tokens.refresh_token.empty() ? token.size() : tokens.refresh_token.size());
  } catch (const Refusal& refusal) {
    throw keep(refusal);
  } catch (const PoolError& error) {
    throw keep(refusal_of(error));
  }
}

Reply Exchange::finish_refresh(const Visit& visit, const PoolTokens& tokens, std::size_t refresh_bytes) {
  const TokenClaims claims = accept_id_token(tokens.id_token);
  // OpenID Connect Core §12.2.
  const auto before = read_token(token_of_request(visit));
  if (before && before->claims.subject != claims.subject)
    throw Refusal(409, "another_user", "You were signed in as somebody else. Please sign in again.");
  Carried carried = carry(visit, tokens, claims, refresh_bytes);
  const bool is_rotated = !tokens.refresh_token.empty();
  const bool can_refresh = !is_rotated || !refresh_cookies(tokens.refresh_token, visit.secure).empty();
  Reply reply{json_answer(200, session_json(claims, carried.expires_at, can_refresh)),
              "refreshed by " + std::string(name_of(carried.set.carrier)), claims.subject};
  reply.http.cookies = std::move(carried.set.cookies);
  if (is_rotated) append(reply.http.cookies, refresh_cookies_or_ends(tokens.refresh_token, visit.secure));
  return reply;
}

Reply Exchange::session(const Visit& visit) {
  const bool can_refresh = !refresh_token_of_request(visit).empty();
  const auto nobody = [&](const std::string& outcome) {
    return Reply{json_answer(200, wire::JsonObject().add("signedIn", false).add("canRefresh", can_refresh).text()),
                 outcome, ""};
  };
  const std::string token = token_of_request(visit);
  const auto parts = read_token(token);
  if (!parts) return nobody("no_token");
  const TokenVerdict verdict = pool_.verify(token, parts->claims.token_use == "access" ? "access" : "id");
  if (verdict.fault == TokenFault::kKeysUnavailable)
    throw PoolError(PoolFault::kUnreachable, "cannot fetch the pool's keys");
  if (!verdict) return nobody(std::string(name_of(verdict.fault)));
  return {json_answer(200, session_json(verdict.claims, verdict.claims.expires_at, can_refresh)), "session",
          verdict.claims.subject};
}

Reply Exchange::ask_logout(const Visit& visit) {
  const std::string wanted = one(visit, "redirect");
  if (!wanted.empty()) require_listed(wanted, config_.logout_urls);
  return {sign_out_page(config_, wanted), "asked", ""};
}

/// Whatever becomes of the revocation: the person wants to be signed out, and this browser is.
Reply Exchange::logout(const Visit& visit) {
  require_own_page(visit, config_);
  const std::string wanted = posted_redirect(visit);
  const std::vector<std::string>& listed = config_.logout_urls;
  std::string target = wanted.empty() ? "" : require_listed(wanted, listed);
  if (target.empty() && !listed.empty()) target = default_target(visit, listed);
  const std::string token = find_any_refresh_token(visit.event.cookies, visit.secure);
  Reply reply{{}, token.empty() ? "signed_out without a refresh token" : "signed_out", ""};
  bool revoked = false;
  try {
    if (!token.empty()) pool_.revoke(token), revoked = true;
  } catch (const PoolError& error) {
    reply.outcome += std::string(", but not revoked: ") + error.what();
  }
  const std::string url =
      config_.hosted_ui_url + "/logout?" + net::encode_form({{"client_id", config_.client_id}, {"logout_uri", target}});
  if (!visit.wants_page) {
    wire::JsonObject body;
    body.add("signedIn", false).add("revoked", revoked);
    if (!target.empty()) body.add("logoutUrl", url);
    reply.http = json_answer(200, body.text());
  } else {
    reply.http = target.empty() ? signed_out_page() : redirect_answer(303, url);
  }
  reply.http.cookies = end_token_cookies(place_of(visit));
  append(reply.http.cookies, end_refresh_cookies(visit.secure));
  return reply;
}

}  // namespace wsdeep::auth::exchange

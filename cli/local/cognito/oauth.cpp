// The endpoints that apps call themselves: tokens for codes, refresh tokens and secrets; revocation; user info.
// https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "local/cognito/web.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

struct GivenClient {
  std::string id;
  std::string secret;
  bool by_header = false;
};

OauthFault invalid_client(const GivenClient& given) {
  // Who came with Basic authentication is answered in its terms (RFC 6749 §5.2); Cognito says 400 otherwise.
  if (given.by_header)
    return {401, "invalid_client", "client authentication failed", {{"WWW-Authenticate", "Basic realm=\"wsdeep\""}}};
  return {400, "invalid_client", "client authentication failed"};
}

OauthFault invalid_request(const std::string& why) {
  return {400, "invalid_request", why};
}
OauthFault invalid_grant(const std::string& why) {
  return {400, "invalid_grant", why};
}

/// `Authorization: Basic base64(id:secret)`, both form-encoded (RFC 6749 §2.3.1).
GivenClient read_basic(std::string_view header) {
  GivenClient given{"", "", true};
  const auto text = from_base64(trim(header.substr(6)));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) throw invalid_client(given);
  const auto id = percent_decode(std::string_view(*text).substr(0, colon), true);
  const auto secret = percent_decode(std::string_view(*text).substr(colon + 1), true);
  if (!id || !secret) throw invalid_client(given);
  given.id = *id;
  given.secret = *secret;
  return given;
}

GivenClient read_client(const net::HttpRequest& request, const WebForm& form) {
  const std::string header = net::header(request.headers, "Authorization").value_or("");
  if (header.size() < 6 || !iequals(header.substr(0, 6), "basic "))
    return {form.text("client_id"), form.text("client_secret"), false};
  GivenClient given = read_basic(header);
  if (form.has("client_secret") || (form.has("client_id") && form.text("client_id") != given.id))
    throw invalid_request("the client is authenticated twice");
  return given;
}

const AppClient& require_client(const CognitoContext& context, const net::HttpRequest& request, const WebForm& form) {
  const GivenClient given = read_client(request, form);
  const AppClient* client = context.pool->find_client(given.id);
  if (client == nullptr || !constant_time_equal(client->secret, given.secret)) throw invalid_client(given);
  return *client;
}

WebForm require_form(const net::HttpRequest& request) {
  auto form = posted_form(request);
  if (!form) throw invalid_request("the body has to be application/x-www-form-urlencoded, each field once");
  return *std::move(form);
}

std::string oauth_tokens_json(const TokenPair& tokens, const std::string& refresh_token) {
  JsonObject json;
  if (!tokens.id.empty()) json.add("id_token", tokens.id);
  json.add("access_token", tokens.access);
  if (!refresh_token.empty()) json.add("refresh_token", refresh_token);
  return json.add("expires_in", kTokenSeconds).add("token_type", "Bearer").text();
}

void reply_fault(const Reply& reply, const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const OauthFault& refusal) {
    reply(refusal.response());
  } catch (const ApiFault& refusal) {
    reply(invalid_grant(refusal.what()).response());
  } catch (const std::exception&) {
    reply(OauthFault(500, "server_error", "something went wrong").response());
  }
}

bool is_verifier(const std::string& text) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  return text.size() >= 43 && text.size() <= 128 && text.find_first_not_of(kUnreserved) == std::string::npos;
}

/// The grant of a code that was not used before, and whose app shows that it is the one that asked for it.
CodeGrant require_code(CognitoContext& context, const AppClient& client, const WebForm& form) {
  const std::string& verifier = form.text("code_verifier");
  if (!form.has("code") || !form.has("redirect_uri")) throw invalid_request("code and redirect_uri required");
  if (!is_verifier(verifier)) throw invalid_request("code_verifier has to be 43 to 128 unreserved characters");
  auto found = context.codes.use(form.text("code"));
  if (!found) throw invalid_grant("the code is unknown or has expired");
  if (found->used_before) {
    // Somebody has it who should not: what it gave is worth nothing any more (RFC 6749 §4.1.2).
    context.sessions.revoke(found->grant.origin_jti);
    throw invalid_grant("the code was used before");
  }
  const CodeGrant& grant = found->grant;
  if (grant.client_id != client.id || grant.redirect_uri != form.text("redirect_uri"))
    throw invalid_grant("the code was given for another client or redirect_uri");
  if (!constant_time_equal(base64url(sha256(verifier)), grant.code_challenge))
    throw invalid_grant("code_verifier does not match");
  return std::move(found->grant);
}

void exchange_code(CognitoContext& context, const AppClient& client, const WebForm& form, const Reply& reply) {
  const CodeGrant grant = require_code(context, client, form);
  const auto user = context.users.find_by_sub(grant.sub);
  if (!user || !user->enabled) throw invalid_grant("the user is gone or disabled");
  SignInSession session = new_session(context, *user, client.id);
  session.origin_jti = grant.origin_jti;
  session.scopes = grant.scopes;
  session.auth_seconds = grant.auth_seconds;
  const std::string refresh_token = new_refresh_token();
  const auto done = [code = form.text("code"), jti = grant.origin_jti, refresh_token, reply](CognitoContext& later,
                                                                                             const TokenPair& tokens) {
    // The code came a second time while we signed.
    if (later.codes.was_replayed(code)) {
      later.sessions.revoke(jti);
      throw invalid_grant("the code was used before");
    }
    reply(private_json(200, oauth_tokens_json(tokens, refresh_token)));
  };
  issue_tokens(context, *user, session, refresh_token, grant.nonce,
               {done, [reply](const std::exception_ptr& fault) { reply_fault(reply, fault); }});
}

void refresh_tokens(CognitoContext& context, const AppClient& client, const WebForm& form, const Reply& reply) {
  if (!form.has("refresh_token")) throw invalid_request("refresh_token required");
  const std::string& token = form.text("refresh_token");
  const Renewal renewal = require_refresh_token(context, client.id, token);
  const auto done = [client_id = client.id, token, reply](CognitoContext& later, const TokenPair& tokens) {
    reply(private_json(200, oauth_tokens_json(tokens, rotate_refresh_token(later, client_id, token))));
  };
  issue_tokens(context, renewal.user, renewal.session, "", "",
               {done, [reply](const std::exception_ptr& fault) { reply_fault(reply, fault); }});
}

/// The scopes that a client asks for, all that it may have when it asks for none.
std::string service_scopes_of(const WebForm& form) {
  std::vector<std::string> scopes;
  for (const std::string_view scope : split(form.text("scope"), ' ')) {
    if (scope.empty() || std::find(scopes.begin(), scopes.end(), scope) != scopes.end()) continue;
    if (std::find(service_scopes().begin(), service_scopes().end(), scope) == service_scopes().end())
      throw OauthFault(400, "invalid_scope", "this client may not ask for that scope");
    scopes.emplace_back(scope);
  }
  return join(scopes.empty() ? service_scopes() : scopes, " ");
}

void give_client_token(CognitoContext& context, const AppClient& client, const WebForm& form, const Reply& reply) {
  if (client.secret.empty())
    throw OauthFault(400, "unauthorized_client", "this client has no secret: it cannot get tokens of its own");
  const CognitoAnswer answer{[reply](const std::string& token) {
                               reply(private_json(200, oauth_tokens_json({"", token}, "")));
                             },
                             [reply](const std::exception_ptr& fault) { reply_fault(reply, fault); }};
  in_background(
      context, answer,
      [pool = context.pool, issuer = context.issuer, id = client.id, scopes = service_scopes_of(form),
       now = context.now_ms() / 1000] { return make_client_token(*pool, issuer, id, scopes, now); },
      [answer](CognitoContext&, const std::string& token) { answer.done(token); });
}

struct Grant {
  Quota quota;
  void (*give)(CognitoContext&, const AppClient&, const WebForm&, const Reply&);
};

const std::map<std::string, Grant, std::less<>>& grants() {
  static const std::map<std::string, Grant, std::less<>> kGrants = {
      {"authorization_code", {Quota::kCodeExchange, exchange_code}},
      {"refresh_token", {Quota::kUserAuthentication, refresh_tokens}},
      {"client_credentials", {Quota::kClientAuthentication, give_client_token}}};
  return kGrants;
}

/// `Authorization: Bearer …` (RFC 6750 §2.1).
std::string bearer_token(const net::HttpRequest& request) {
  const std::string header = net::header(request.headers, "Authorization").value_or("");
  if (header.size() <= 7 || !iequals(header.substr(0, 7), "bearer "))
    throw OauthFault(401, "invalid_request", "no bearer token", {{"WWW-Authenticate", "Bearer"}});
  return std::string(trim(std::string_view(header).substr(7)));
}

OauthFault invalid_token(const std::string& why) {
  return {401, "invalid_token", why, {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}}};
}

}  // namespace

void exchange_token(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request,
                    const Reply& reply) {
  try {
    const WebForm form = require_form(request);
    const std::string& grant = form.text("grant_type");
    const AppClient& client = require_client(context, request, form);
    const auto found = grants().find(grant);
    if (found == grants().end())
      throw OauthFault(400, "unsupported_grant_type",
                       "grant_type has to be authorization_code, refresh_token or client_credentials");
    if (!limiter.admit(found->second.quota)) throw OauthFault(429, "too_many_requests", "rate exceeded");
    found->second.give(context, client, form, reply);
  } catch (...) {
    reply_fault(reply, std::current_exception());
  }
}

/// An unknown token is no error (RFC 7009 §2.2).
net::HttpResponse revoke_at_endpoint(CognitoContext& context, const net::HttpRequest& request) {
  const WebForm form = require_form(request);
  const AppClient& client = require_client(context, request, form);
  const std::string& token = form.text("token");
  if (token.empty()) throw invalid_request("token required");
  if (auth::read_token(token)) throw OauthFault(400, "unsupported_token_type", "only refresh tokens can be revoked");
  if (const auto session = context.sessions.find_by_refresh_token(token)) {
    if (session->client_id != client.id) throw invalid_request("the token was given to another client");
    context.sessions.revoke(session->origin_jti);
  }
  return {200, {{"Cache-Control", "no-store"}}, {}};
}

/// Claims of the user as the token's scopes show them; flags as text, as Cognito has them here.
net::HttpResponse user_info(CognitoContext& context, const net::HttpRequest& request) {
  const std::string token = bearer_token(request);
  try {
    const SignedIn signed_in = read_access_token(context, token);
    if (!has_scope(signed_in.scopes, "openid")) throw invalid_token("Access token does not contain openid scope");
    JsonObject json;
    json.add("sub", signed_in.user.sub);
    for (const auto& [name, value] : signed_in.user.attributes)
      if (shows_attribute(signed_in.scopes, name)) json.add(name, value);
    return private_json(200, json.add("username", signed_in.user.username).text());
  } catch (const ApiFault&) {
    throw invalid_token("Access token is expired, disabled, or deleted, or the user has globally signed out.");
  }
}

}  // namespace wsdeep::local

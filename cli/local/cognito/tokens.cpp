#include "local/cognito/tokens.h"

#include <algorithm>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

/// What both tokens say in the same words.
wire::JsonObject common_claims(const TokenRequest& request) {
  wire::JsonObject claims;
  claims.add("sub", request.user.sub);
  if (!request.groups.empty()) claims.add_json("cognito:groups", wire::json_strings(request.groups));
  claims.add("iss", request.issuer)
      .add("origin_jti", request.session.origin_jti)
      .add("auth_time", request.session.auth_seconds)
      .add("iat", request.now_seconds)
      .add("exp", request.now_seconds + kTokenSeconds)
      .add("jti", random_uuid());
  return claims;
}

bool is_flag(const std::string& attribute) {
  return attribute == "email_verified" || attribute == "phone_number_verified";
}

std::string access_claims(const TokenRequest& request, const std::string& event_id) {
  wire::JsonObject claims = common_claims(request);
  if (!request.session.scopes.empty()) claims.add("version", 2);
  return claims.add("event_id", event_id)
      .add("token_use", "access")
      .add("client_id", request.session.client_id)
      .add("scope", request.session.scopes.empty() ? kApiScope : request.session.scopes)
      .add("username", request.user.username)
      .text();
}

/// The left half of the access token's hash binds it to the ID token (OpenID Connect Core §3.1.3.6). Cognito has it in
/// tokens of the hosted UI only.
std::string at_hash(std::string_view access_token) {
  return base64url(sha256(access_token).substr(0, 16));
}

std::string id_claims(const TokenRequest& request, const std::string& event_id, const std::string& access_token) {
  wire::JsonObject claims = common_claims(request);
  claims.add("event_id", event_id)
      .add("token_use", "id")
      .add("aud", request.session.client_id)
      .add("cognito:username", request.user.username);
  if (!request.session.scopes.empty()) claims.add("at_hash", at_hash(access_token));
  if (!request.nonce.empty()) claims.add("nonce", request.nonce);
  for (const auto& [name, value] : request.user.attributes) {
    if (!shows_attribute(request.session.scopes, name)) continue;
    if (is_flag(name))
      claims.add(name, value == "true");
    else
      claims.add(name, value);
  }
  return claims.text();
}

}  // namespace

bool has_scope(std::string_view scopes, std::string_view scope) {
  const std::vector<std::string_view> list = split(scopes, ' ');
  return std::find(list.begin(), list.end(), scope) != list.end();
}

/// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html: `openid`
/// alone shows everything; together with narrower scopes only what those name.
bool shows_attribute(std::string_view scopes, std::string_view attribute) {
  const bool email = has_scope(scopes, "email"), phone = has_scope(scopes, "phone");
  if (has_scope(scopes, "profile") || (!email && !phone)) return true;
  if (attribute == "email" || attribute == "email_verified") return email;
  return phone && (attribute == "phone_number" || attribute == "phone_number_verified");
}

TokenPair make_tokens(const UserPool& pool, const TokenRequest& request) {
  const std::string event_id = random_uuid();
  const SigningKey &access = pool.access_key, &id = pool.id_key;
  TokenPair tokens;
  tokens.access = auth::sign_token(access_claims(request, event_id), access.kid, access.private_pem);
  if (request.session.scopes.empty() || has_scope(request.session.scopes, "openid"))
    tokens.id = auth::sign_token(id_claims(request, event_id, tokens.access), id.kid, id.private_pem);
  return tokens;
}

std::string make_client_token(const UserPool& pool, const std::string& issuer, const std::string& client_id,
                              const std::string& scopes, std::int64_t now_seconds) {
  wire::JsonObject claims;
  claims.add("sub", client_id)
      .add("token_use", "access")
      .add("scope", scopes)
      .add("auth_time", now_seconds)
      .add("iss", issuer)
      .add("exp", now_seconds + kTokenSeconds)
      .add("iat", now_seconds)
      .add("version", 2)
      .add("jti", random_uuid())
      .add("client_id", client_id);
  return auth::sign_token(claims.text(), pool.access_key.kid, pool.access_key.private_pem);
}

}  // namespace wsdeep::local

#include "local/cognito_tokens.h"

#include "auth/jwt.h"
#include "base/random.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

/// What both tokens say in the same words.
wire::JsonObject common_claims(const std::string& issuer, const User& user, const std::vector<std::string>& groups,
                               const SignInSession& session, std::int64_t now_seconds) {
  wire::JsonObject claims;
  claims.add("sub", user.sub);
  if (!groups.empty()) claims.add_json("cognito:groups", wire::json_strings(groups));
  claims.add("iss", issuer)
      .add("origin_jti", session.origin_jti)
      .add("auth_time", session.auth_seconds)
      .add("iat", now_seconds)
      .add("exp", now_seconds + kTokenSeconds)
      .add("jti", random_uuid());
  return claims;
}

bool is_flag(const std::string& attribute) {
  return attribute == "email_verified" || attribute == "phone_number_verified";
}

}  // namespace

TokenClaimTexts make_claims(const UserPool& pool, const std::string& issuer, const User& user,
                            const std::vector<std::string>& groups, const SignInSession& session,
                            std::int64_t now_seconds) {
  const std::string event_id = random_uuid();
  wire::JsonObject id = common_claims(issuer, user, groups, session, now_seconds);
  id.add("event_id", event_id).add("token_use", "id").add("aud", pool.app.id).add("cognito:username", user.username);
  for (const auto& [name, value] : user.attributes) {
    if (is_flag(name))
      id.add(name, value == "true");
    else
      id.add(name, value);
  }
  wire::JsonObject access = common_claims(issuer, user, groups, session, now_seconds);
  access.add("event_id", event_id)
      .add("token_use", "access")
      .add("client_id", pool.app.id)
      .add("scope", "aws.cognito.signin.user.admin")
      .add("username", user.username);
  return {id.text(), access.text()};
}

TokenPair sign_claims(const UserPool& pool, const TokenClaimTexts& claims) {
  return {auth::sign_token(claims.id, pool.id_key.kid, pool.id_key.private_pem),
          auth::sign_token(claims.access, pool.access_key.kid, pool.access_key.private_pem)};
}

}  // namespace wsdeep::local

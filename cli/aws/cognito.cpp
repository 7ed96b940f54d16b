#include "aws/cognito.h"

#include "aws/cognito_calls.h"

namespace wsdeep::aws {

const std::vector<std::string>& user_statuses() {
  static const std::vector<std::string> kStatuses = {"UNCONFIRMED",    "CONFIRMED",         "FORCE_CHANGE_PASSWORD",
                                                     "RESET_REQUIRED", "EXTERNAL_PROVIDER", "UNKNOWN"};
  return kStatuses;
}

using wire::JsonFields;
using wire::JsonObject;

Cognito::Cognito(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "cognito-idp", "cognito-idp", clock) {}

CognitoUser Cognito::admin_create_user(const std::string& pool, const CreateUser& user) {
  JsonObject body = user_key(pool, user.username);
  if (!user.attributes.empty()) body.add_json("UserAttributes", json_attributes(user.attributes));
  if (!user.temporary_password.empty()) body.add("TemporaryPassword", user.temporary_password);
  if (user.suppress_message) body.add("MessageAction", "SUPPRESS");
  // Repeated after it arrived, it would say that the user exists.
  const std::string answer = run_cognito(client_, "AdminCreateUser", body, true, Repeat::kUnsafe);
  return read_answer(answer, "AdminCreateUser",
                     [](const JsonFields& fields) { return user_in(fields.object("User"), "Attributes"); });
}

void Cognito::admin_set_user_password(const std::string& pool, const std::string& username, const std::string& password,
                                      bool permanent) {
  run_cognito(client_, "AdminSetUserPassword",
              user_key(pool, username).add("Password", password).add("Permanent", permanent), true);
}

CognitoUser Cognito::admin_get_user(const std::string& pool, const std::string& username) {
  return read_answer(run_cognito(client_, "AdminGetUser", user_key(pool, username), true), "AdminGetUser",
                     [](const JsonFields& fields) { return user_in(fields, "UserAttributes"); });
}

void Cognito::admin_delete_user(const std::string& pool, const std::string& username) {
  run_cognito(client_, "AdminDeleteUser", user_key(pool, username), true, Repeat::kUnsafe);
}

UserPage Cognito::list_users(const std::string& pool, const std::string& filter, int limit, const std::string& page) {
  JsonObject body;
  body.add("UserPoolId", pool);
  if (!filter.empty()) body.add("Filter", filter);
  if (limit > 0) body.add("Limit", limit);
  if (!page.empty()) body.add("PaginationToken", page);
  return user_page_in(run_cognito(client_, "ListUsers", body, true), "ListUsers", "PaginationToken");
}

AuthResult Cognito::initiate_auth(const std::string& flow, const std::string& client_id,
                                  const std::map<std::string, std::string>& parameters) {
  JsonObject body;
  body.add("AuthFlow", flow).add("ClientId", client_id).add_json("AuthParameters", json_map(parameters));
  return auth_result_in(run_cognito(client_, "InitiateAuth", body, false), "InitiateAuth");
}

AuthResult Cognito::respond_to_challenge(const std::string& challenge, const std::string& client_id,
                                         const std::string& session,
                                         const std::map<std::string, std::string>& responses) {
  JsonObject body;
  body.add("ChallengeName", challenge).add("ClientId", client_id);
  if (!session.empty()) body.add("Session", session);
  body.add_json("ChallengeResponses", json_map(responses));
  // A session answers one challenge: repeated after it arrived, it would be refused.
  return auth_result_in(run_cognito(client_, "RespondToAuthChallenge", body, false, Repeat::kUnsafe),
                        "RespondToAuthChallenge");
}

AuthResult Cognito::get_tokens_from_refresh_token(const std::string& refresh_token, const std::string& client_id,
                                                  const std::string& client_secret) {
  JsonObject body;
  body.add("ClientId", client_id).add("RefreshToken", refresh_token);
  if (!client_secret.empty()) body.add("ClientSecret", client_secret);
  // Repeated after its answer was lost it is good within the grace period; without one the token is gone either way.
  return auth_result_in(run_cognito(client_, "GetTokensFromRefreshToken", body, false), "GetTokensFromRefreshToken");
}

CognitoUser Cognito::get_user(const std::string& access_token) {
  const std::string answer = run_cognito(client_, "GetUser", JsonObject().add("AccessToken", access_token), false);
  return read_answer(answer, "GetUser", [](const JsonFields& fields) { return user_in(fields, "UserAttributes"); });
}

void Cognito::global_sign_out(const std::string& access_token) {
  run_cognito(client_, "GlobalSignOut", JsonObject().add("AccessToken", access_token), false);
}

void Cognito::revoke_token(const std::string& refresh_token, const std::string& client_id,
                           const std::string& client_secret) {
  JsonObject body;
  body.add("Token", refresh_token).add("ClientId", client_id);
  if (!client_secret.empty()) body.add("ClientSecret", client_secret);
  run_cognito(client_, "RevokeToken", body, false);
}

}  // namespace wsdeep::aws

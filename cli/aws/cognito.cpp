#include "aws/cognito.h"

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

using wire::Json;
using wire::JsonFields;
using wire::JsonObject;

std::string json_map(const std::map<std::string, std::string>& values) {
  JsonObject object;
  for (const auto& [name, value] : values) object.add(name, value);
  return object.text();
}

/// `[{"Name":…,"Value":…},…]`
std::string json_attributes(const Attributes& attributes) {
  std::vector<std::string> list;
  for (const auto& [name, value] : attributes)
    list.push_back(JsonObject().add("Name", name).add("Value", value).text());
  return wire::json_list(list);
}

Attributes attributes_in(const JsonFields& fields, const char* name) {
  Attributes attributes;
  if (fields.find(name) == nullptr) return attributes;
  for (const Json& entry : fields.list(name)) {
    const JsonFields attribute(entry, name);
    attributes[attribute.text("Name")] = attribute.text_or("Value", "");
  }
  return attributes;
}

/// The administrator's answers call the attributes `Attributes` in lists and `UserAttributes` elsewhere.
CognitoUser user_in(const JsonFields& fields, const char* attributes_name) {
  CognitoUser user;
  user.username = fields.text("Username");
  user.attributes = attributes_in(fields, attributes_name);
  user.status = fields.text_or("UserStatus", "");
  user.enabled = fields.boolean_or("Enabled", true);
  user.created = fields.number_if("UserCreateDate").value_or(0);
  user.modified = fields.number_if("UserLastModifiedDate").value_or(0);
  return user;
}

std::map<std::string, std::string> texts_in(const JsonFields& fields) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : fields.json().items()) texts[name] = fields.text_or(name, "");
  return texts;
}

AuthResult auth_result_in(const std::string& answer, const char* operation) {
  const Json document = wire::parse_json(answer, operation);
  const JsonFields fields(document);
  AuthResult result;
  result.challenge = fields.text_or("ChallengeName", "");
  result.session = fields.text_or("Session", "");
  if (const auto parameters = fields.object_if("ChallengeParameters"))
    result.challenge_parameters = texts_in(*parameters);
  if (const auto tokens = fields.object_if("AuthenticationResult")) {
    result.id_token = tokens->text_or("IdToken", "");
    result.access_token = tokens->text_or("AccessToken", "");
    result.refresh_token = tokens->text_or("RefreshToken", "");
    result.expires_in = static_cast<long>(tokens->integer_or("ExpiresIn", 0));
  }
  return result;
}

enum class Repeat { kSafe, kUnsafe };

std::string run(Client& client, const char* operation, const JsonObject& body, bool sign,
                Repeat repeat = Repeat::kSafe) {
  return client.call_json("AWSCognitoIdentityProviderService", operation, body.text(), "application/x-amz-json-1.1",
                          sign, {}, repeat == Repeat::kSafe);
}

JsonObject user_key(const std::string& pool, const std::string& username) {
  return JsonObject().add("UserPoolId", pool).add("Username", username);
}

}  // namespace

Cognito::Cognito(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "cognito-idp", "cognito-idp", clock) {}

CognitoUser Cognito::admin_create_user(const std::string& pool, const CreateUser& user) {
  JsonObject body = user_key(pool, user.username);
  if (!user.attributes.empty()) body.add_json("UserAttributes", json_attributes(user.attributes));
  if (!user.temporary_password.empty()) body.add("TemporaryPassword", user.temporary_password);
  if (user.suppress_message) body.add("MessageAction", "SUPPRESS");
  // Repeated after it arrived, it would say that the user exists.
  const std::string answer = run(client_, "AdminCreateUser", body, true, Repeat::kUnsafe);
  const Json document = wire::parse_json(answer, "AdminCreateUser answer");
  return user_in(JsonFields(document).object("User"), "Attributes");
}

void Cognito::admin_set_user_password(const std::string& pool, const std::string& username, const std::string& password,
                                      bool permanent) {
  run(client_, "AdminSetUserPassword", user_key(pool, username).add("Password", password).add("Permanent", permanent),
      true);
}

CognitoUser Cognito::admin_get_user(const std::string& pool, const std::string& username) {
  const Json document =
      wire::parse_json(run(client_, "AdminGetUser", user_key(pool, username), true), "AdminGetUser answer");
  return user_in(JsonFields(document), "UserAttributes");
}

void Cognito::admin_delete_user(const std::string& pool, const std::string& username) {
  run(client_, "AdminDeleteUser", user_key(pool, username), true, Repeat::kUnsafe);
}

UserPage Cognito::list_users(const std::string& pool, const std::string& filter, int limit, const std::string& page) {
  JsonObject body;
  body.add("UserPoolId", pool);
  if (!filter.empty()) body.add("Filter", filter);
  if (limit > 0) body.add("Limit", limit);
  if (!page.empty()) body.add("PaginationToken", page);
  const Json document = wire::parse_json(run(client_, "ListUsers", body, true), "ListUsers answer");
  const JsonFields fields(document);
  UserPage users;
  for (const Json& user : fields.list("Users")) users.users.push_back(user_in(JsonFields(user, "Users"), "Attributes"));
  users.next = fields.text_or("PaginationToken", "");
  return users;
}

AuthResult Cognito::initiate_auth(const std::string& flow, const std::string& client_id,
                                  const std::map<std::string, std::string>& parameters) {
  JsonObject body;
  body.add("AuthFlow", flow).add("ClientId", client_id).add_json("AuthParameters", json_map(parameters));
  return auth_result_in(run(client_, "InitiateAuth", body, false), "InitiateAuth answer");
}

AuthResult Cognito::respond_to_challenge(const std::string& challenge, const std::string& client_id,
                                         const std::string& session,
                                         const std::map<std::string, std::string>& responses) {
  JsonObject body;
  body.add("ChallengeName", challenge).add("ClientId", client_id);
  if (!session.empty()) body.add("Session", session);
  body.add_json("ChallengeResponses", json_map(responses));
  // A session answers one challenge: repeated after it arrived, it would be refused.
  return auth_result_in(run(client_, "RespondToAuthChallenge", body, false, Repeat::kUnsafe),
                        "RespondToAuthChallenge answer");
}

CognitoUser Cognito::get_user(const std::string& access_token) {
  const std::string answer = run(client_, "GetUser", JsonObject().add("AccessToken", access_token), false);
  const Json document = wire::parse_json(answer, "GetUser answer");
  return user_in(JsonFields(document), "UserAttributes");
}

void Cognito::global_sign_out(const std::string& access_token) {
  run(client_, "GlobalSignOut", JsonObject().add("AccessToken", access_token), false);
}

void Cognito::revoke_token(const std::string& refresh_token, const std::string& client_id,
                           const std::string& client_secret) {
  JsonObject body;
  body.add("Token", refresh_token).add("ClientId", client_id);
  if (!client_secret.empty()) body.add("ClientSecret", client_secret);
  run(client_, "RevokeToken", body, false);
}

}  // namespace wsdeep::aws

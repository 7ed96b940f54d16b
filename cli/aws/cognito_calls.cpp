#include "aws/cognito_calls.h"

#include <fmt/format.h>

namespace wsdeep::aws {
namespace {

using wire::Json;
using wire::JsonFields;
using wire::JsonObject;

Attributes attributes_in(const JsonFields& fields, const char* name) {
  Attributes attributes;
  if (fields.find(name) == nullptr) return attributes;
  for (const Json& entry : fields.list(name)) {
    const JsonFields attribute(entry, name);
    attributes[attribute.text("Name")] = attribute.text_or("Value", "");
  }
  return attributes;
}

std::map<std::string, std::string> texts_in(const JsonFields& fields) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : fields.json().items()) texts[name] = fields.text_or(name, "");
  return texts;
}

}  // namespace

std::string run_cognito(Client& client, const char* operation, const JsonObject& body, bool sign, Repeat repeat) {
  return client.call_json("AWSCognitoIdentityProviderService", operation, body.text(), "application/x-amz-json-1.1",
                          sign, {}, repeat == Repeat::kSafe);
}

Error unreadable_answer(const char* operation, const Error& cause) {
  return {ErrorKind::kFailure, fmt::format("cannot read the answer to {}: {}", operation, cause.what()),
          "is this Cognito? check --endpoint and AWS_ENDPOINT_URL"};
}

JsonObject user_key(const std::string& pool, const std::string& username) {
  return JsonObject().add("UserPoolId", pool).add("Username", username);
}

std::string json_map(const std::map<std::string, std::string>& values) {
  JsonObject object;
  for (const auto& [name, value] : values) object.add(name, value);
  return object.text();
}

std::string json_attributes(const Attributes& attributes) {
  std::vector<std::string> list;
  for (const auto& [name, value] : attributes)
    list.push_back(JsonObject().add("Name", name).add("Value", value).text());
  return wire::json_list(list);
}

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

UserPage user_page_in(const std::string& answer, const char* operation, const char* token_name) {
  return read_answer(answer, operation, [&](const JsonFields& fields) {
    UserPage users;
    for (const Json& user : fields.list("Users"))
      users.users.push_back(user_in(JsonFields(user, "Users"), "Attributes"));
    users.next = fields.text_or(token_name, "");
    return users;
  });
}

AuthResult auth_result_in(const std::string& answer, const char* operation) {
  return read_answer(answer, operation, [](const JsonFields& fields) {
    AuthResult result;
    result.challenge = fields.text_or("ChallengeName", "");
    result.session = fields.text_or("Session", "");
    if (const auto parameters = fields.object_if("ChallengeParameters"))
      result.challenge_parameters = texts_in(*parameters);
    if (!result.challenge.empty()) return result;
    const JsonFields tokens = fields.object("AuthenticationResult");
    result.id_token = tokens.text("IdToken");
    result.access_token = tokens.text("AccessToken");
    result.refresh_token = tokens.text_or("RefreshToken", "");
    result.expires_in = static_cast<long>(tokens.integer("ExpiresIn"));
    return result;
  });
}

}  // namespace wsdeep::aws

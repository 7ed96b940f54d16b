#include "aws/cognito_calls.h"

// The administrator's operations on users beyond their life and password, and on groups and the pool itself.

namespace wsdeep::aws {

using wire::Json;
using wire::JsonFields;
using wire::JsonObject;

namespace {

JsonObject member_key(const std::string& pool, const std::string& username, const std::string& group) {
  return user_key(pool, username).add("GroupName", group);
}

void add_page(JsonObject& body, int limit, const std::string& page) {
  if (limit > 0) body.add("Limit", limit);
  if (!page.empty()) body.add("NextToken", page);
}

GroupPage group_page_in(const std::string& answer, const char* operation) {
  return read_answer(answer, operation, [](const JsonFields& fields) {
    GroupPage groups;
    for (const Json& entry : fields.list("Groups")) {
      const JsonFields group(entry, "Groups");
      groups.groups.push_back({group.text("GroupName"), group.text_or("Description", "")});
    }
    groups.next = fields.text_or("NextToken", "");
    return groups;
  });
}

PasswordPolicy password_policy_in(const JsonFields& pool) {
  PasswordPolicy policy;
  const auto policies = pool.object_if("Policies");
  const auto fields = policies ? policies->object_if("PasswordPolicy") : std::nullopt;
  if (!fields) return policy;
  policy.minimum_length = static_cast<int>(fields->integer_or("MinimumLength", policy.minimum_length));
  policy.upper = fields->boolean_or("RequireUppercase", false);
  policy.lower = fields->boolean_or("RequireLowercase", false);
  policy.number = fields->boolean_or("RequireNumbers", false);
  policy.symbol = fields->boolean_or("RequireSymbols", false);
  return policy;
}

std::vector<std::string> fixed_attributes_in(const JsonFields& pool) {
  std::vector<std::string> names;
  if (pool.find("SchemaAttributes") == nullptr) return names;
  for (const Json& entry : pool.list("SchemaAttributes")) {
    const JsonFields attribute(entry, "SchemaAttributes");
    std::string name = attribute.text("Name");
    if (name.starts_with("custom:") && !attribute.boolean_or("Mutable", true)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

void Cognito::admin_enable_user(const std::string& pool, const std::string& username) {
  run_cognito(client_, "AdminEnableUser", user_key(pool, username), true);
}

void Cognito::admin_disable_user(const std::string& pool, const std::string& username) {
  run_cognito(client_, "AdminDisableUser", user_key(pool, username), true);
}

void Cognito::admin_update_user_attributes(const std::string& pool, const std::string& username,
                                           const Attributes& attributes) {
  run_cognito(client_, "AdminUpdateUserAttributes",
              user_key(pool, username).add_json("UserAttributes", json_attributes(attributes)), true);
}

void Cognito::admin_user_global_sign_out(const std::string& pool, const std::string& username) {
  run_cognito(client_, "AdminUserGlobalSignOut", user_key(pool, username), true);
}

AuthResult Cognito::admin_initiate_auth(const std::string& pool, const std::string& flow, const std::string& client_id,
                                        const std::map<std::string, std::string>& parameters) {
  JsonObject body;
  body.add("UserPoolId", pool).add("AuthFlow", flow).add("ClientId", client_id);
  body.add_json("AuthParameters", json_map(parameters));
  return auth_result_in(run_cognito(client_, "AdminInitiateAuth", body, true), "AdminInitiateAuth");
}

AuthResult Cognito::admin_respond_to_challenge(const std::string& pool, const std::string& challenge,
                                               const std::string& client_id, const std::string& session,
                                               const std::map<std::string, std::string>& responses) {
  JsonObject body;
  body.add("UserPoolId", pool).add("ChallengeName", challenge).add("ClientId", client_id);
  if (!session.empty()) body.add("Session", session);
  body.add_json("ChallengeResponses", json_map(responses));
  // A session answers one challenge: repeated after it arrived, it would be refused.
  return auth_result_in(run_cognito(client_, "AdminRespondToAuthChallenge", body, true, Repeat::kUnsafe),
                        "AdminRespondToAuthChallenge");
}

void Cognito::create_group(const std::string& pool, const std::string& group, const std::string& description) {
  JsonObject body;
  body.add("UserPoolId", pool).add("GroupName", group);
  if (!description.empty()) body.add("Description", description);
  run_cognito(client_, "CreateGroup", body, true, Repeat::kUnsafe);
}

void Cognito::admin_add_user_to_group(const std::string& pool, const std::string& username, const std::string& group) {
  run_cognito(client_, "AdminAddUserToGroup", member_key(pool, username, group), true);
}

void Cognito::admin_remove_user_from_group(const std::string& pool, const std::string& username,
                                           const std::string& group) {
  run_cognito(client_, "AdminRemoveUserFromGroup", member_key(pool, username, group), true);
}

GroupPage Cognito::list_groups(const std::string& pool, int limit, const std::string& page) {
  JsonObject body;
  body.add("UserPoolId", pool);
  add_page(body, limit, page);
  return group_page_in(run_cognito(client_, "ListGroups", body, true), "ListGroups");
}

GroupPage Cognito::admin_list_groups_for_user(const std::string& pool, const std::string& username, int limit,
                                              const std::string& page) {
  JsonObject body = user_key(pool, username);
  add_page(body, limit, page);
  return group_page_in(run_cognito(client_, "AdminListGroupsForUser", body, true), "AdminListGroupsForUser");
}

UserPage Cognito::list_users_in_group(const std::string& pool, const std::string& group, int limit,
                                      const std::string& page) {
  JsonObject body;
  body.add("UserPoolId", pool).add("GroupName", group);
  add_page(body, limit, page);
  return user_page_in(run_cognito(client_, "ListUsersInGroup", body, true), "ListUsersInGroup answer", "NextToken");
}

UserPoolDescription Cognito::describe_user_pool(const std::string& pool) {
  const std::string answer = run_cognito(client_, "DescribeUserPool", JsonObject().add("UserPoolId", pool), true);
  return read_answer(answer, "DescribeUserPool", [](const JsonFields& fields) {
    const JsonFields found = fields.object("UserPool");
    const auto names = found.object_if("UsernameConfiguration");
    return UserPoolDescription{password_policy_in(found),
                               fixed_attributes_in(found),
                               found.texts_if("UsernameAttributes").value_or(std::vector<std::string>()),
                               found.text_or("Domain", ""),
                               found.text_or("CustomDomain", ""),
                               found.texts_if("AliasAttributes").value_or(std::vector<std::string>()),
                               !names || names->boolean_or("CaseSensitive", true)};
  });
}

PoolClientDescription Cognito::describe_user_pool_client(const std::string& pool, const std::string& client_id) {
  const JsonObject body = JsonObject().add("UserPoolId", pool).add("ClientId", client_id);
  const std::string answer = run_cognito(client_, "DescribeUserPoolClient", body, true);
  return read_answer(answer, "DescribeUserPoolClient", [](const JsonFields& fields) {
    const JsonFields found = fields.object("UserPoolClient");
    return PoolClientDescription{found.texts_if("ExplicitAuthFlows").value_or(std::vector<std::string>()),
                                 found.find("ClientSecret") != nullptr,
                                 found.texts_if("CallbackURLs").value_or(std::vector<std::string>())};
  });
}

}  // namespace wsdeep::aws

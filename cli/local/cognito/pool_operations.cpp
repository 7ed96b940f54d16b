#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "local/api/fault.h"
#include "local/cognito/operations.h"
#include "local/cognito/web.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

constexpr const char* kPoolName = "wsdeep-local";
constexpr const char* kClientName = "wsdeep";
constexpr const char* kServiceName = "wsdeep-service";
constexpr const char* kResourceServer = "wsdeep";

std::string password_policy() {
  return JsonObject()
      .add("MinimumLength", kMinimumPasswordLength)
      .add("RequireUppercase", true)
      .add("RequireLowercase", true)
      .add("RequireNumbers", true)
      .add("RequireSymbols", true)
      .add("TemporaryPasswordValidityDays", kTemporaryPasswordDays)
      .text();
}

JsonObject pool_summary(const CognitoContext& context) {
  JsonObject pool;
  pool.add("Id", context.pool->id)
      .add("Name", kPoolName)
      .add_json("LambdaConfig", "{}")
      .add("LastModifiedDate", seconds_of(context.pool->created_ms))
      .add("CreationDate", seconds_of(context.pool->created_ms));
  return pool;
}

bool is_service(const AppClient& client) {
  return !client.secret.empty();
}

JsonObject client_summary(const CognitoContext& context, const AppClient& client) {
  JsonObject json;
  json.add("ClientId", client.id)
      .add("UserPoolId", context.pool->id)
      .add("ClientName", is_service(client) ? kServiceName : kClientName);
  return json;
}

/// One member of SchemaAttributes; `constraints` is a JSON member or empty.
std::string schema_attribute(std::string_view name, const char* type, const std::string& constraints) {
  const bool is_sub = name == "sub", is_fixed = is_sub || name == kTestMarker;
  JsonObject json;
  json.add("Name", name)
      .add("AttributeDataType", type)
      .add("DeveloperOnlyAttribute", false)
      .add("Mutable", !is_fixed)
      .add("Required", is_sub);
  if (std::string_view(type) == "String") json.add_json("StringAttributeConstraints", constraints);
  if (std::string_view(type) == "Number") json.add_json("NumberAttributeConstraints", constraints);
  return json.text();
}

std::string length_between(const char* least, const char* most) {
  return JsonObject().add("MinLength", least).add("MaxLength", most).text();
}

/// The attributes of every pool, then those that this one defines.
std::string schema(const CognitoContext& context) {
  std::vector<std::string> list = {schema_attribute("sub", "String", length_between("1", "2048"))};
  for (const std::string_view name : standard_attributes()) {
    if (name.ends_with("_verified"))
      list.push_back(schema_attribute(name, "Boolean", ""));
    else if (name == "updated_at")
      list.push_back(schema_attribute(name, "Number", JsonObject().add("MinValue", "0").text()));
    else
      list.push_back(schema_attribute(name, "String",
                                      name == "birthdate" ? length_between("10", "10") : length_between("0", "2048")));
  }
  for (const std::string& name : context.custom_attributes)
    list.push_back(schema_attribute(name, "String", length_between("0", "2048")));
  return wire::json_list(list);
}

const std::string& require_custom_name(const std::string& name) {
  constexpr std::size_t kMaxName = 20;
  const bool blank = std::any_of(name.begin(), name.end(), [](char c) { return c >= 0 && c <= ' '; });
  if (name.empty() || utf8_length(name) > kMaxName || blank)
    throw bad_parameter(
        "1 validation error detected: Value at 'customAttributes.1.member.name' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+ and have length between 1 and 20");
  return name;
}

std::vector<std::string> auth_flows(const CognitoContext& context) {
  std::vector<std::string> flows = {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH",
                                    "ALLOW_USER_SRP_AUTH"};
  if (!context.options.rotation_grace) flows.insert(flows.begin() + 1, "ALLOW_REFRESH_TOKEN_AUTH");
  return flows;
}

std::string refresh_token_rotation(const CognitoContext& context) {
  const auto grace = context.options.rotation_grace;
  JsonObject json;
  json.add("Feature", grace ? "ENABLED" : "DISABLED");
  if (grace) json.add("RetryGracePeriodSeconds", grace->count());
  return json.text();
}

void add_oauth_members(JsonObject& json, const CognitoContext& context, const AppClient& client) {
  if (is_service(client)) {
    json.add("ClientSecret", client.secret)
        .add_json("AllowedOAuthFlows", R"(["client_credentials"])")
        .add_json("AllowedOAuthScopes", wire::json_strings(service_scopes()));
  } else {
    const std::string urls = wire::json_strings(listed_urls(context));
    json.add_json("AllowedOAuthFlows", R"(["code"])")
        .add_json("AllowedOAuthScopes", wire::json_strings(user_scopes()))
        .add_json("CallbackURLs", urls)
        .add_json("LogoutURLs", urls);
  }
  json.add("AllowedOAuthFlowsUserPoolClient", true).add_json("SupportedIdentityProviders", R"(["COGNITO"])");
}

std::string resource_server(const CognitoContext& context) {
  const auto scope = [](const char* name, const char* text) {
    return JsonObject().add("ScopeName", name).add("ScopeDescription", text).text();
  };
  return JsonObject()
      .add("UserPoolId", context.pool->id)
      .add("Identifier", kResourceServer)
      .add("Name", kResourceServer)
      .add_json("Scopes", wire::json_list({scope("admin", "change everything"), scope("read", "look only")}))
      .text();
}

}  // namespace

std::string add_custom_attributes(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  std::vector<std::string> names = context.custom_attributes;
  for (const Json& entry : request.required_list("CustomAttributes")) {
    const JsonRequest attribute(entry, "InvalidParameterException");
    const std::string name = "custom:" + require_custom_name(attribute.text("Name"));
    if (std::find(names.begin(), names.end(), name) != names.end())
      throw bad_parameter(fmt::format("{}: Existing attribute already has name {}.", name, name));
    names.push_back(name);
  }
  constexpr std::size_t kMaxAttributes = 50;  // Cognito's own limit
  if (names.size() > kMaxAttributes) throw bad_parameter("The pool cannot have more than 50 custom attributes.");
  write_custom_attributes(context.database, names);
  context.custom_attributes = std::move(names);
  return "{}";
}

std::string describe_user_pool(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  JsonObject pool = pool_summary(context);
  pool.add_json("Policies", JsonObject().add_json("PasswordPolicy", password_policy()).text())
      .add_json("AliasAttributes", R"(["email"])")
      .add_json("UsernameConfiguration", R"({"CaseSensitive":false})")
      .add_json("AdminCreateUserConfig", R"({"AllowAdminCreateUserOnly":true})")
      .add_json("SchemaAttributes", schema(context))
      .add("MfaConfiguration", context.mfa_settings.configuration)
      .add("DeletionProtection", "INACTIVE")
      .add("EstimatedNumberOfUsers", context.users.count());
  return JsonObject().add_json("UserPool", pool.text()).text();
}

std::string describe_user_pool_client(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  const AppClient& client = require_client(context, request);
  JsonObject json = client_summary(context, client);
  json.add("LastModifiedDate", seconds_of(context.pool->created_ms))
      .add("CreationDate", seconds_of(context.pool->created_ms))
      .add("RefreshTokenValidity", kRefreshSeconds / 86400)
      .add("AccessTokenValidity", kTokenSeconds / 60)
      .add("IdTokenValidity", kTokenSeconds / 60)
      .add_json("TokenValidityUnits", R"({"AccessToken":"minutes","IdToken":"minutes","RefreshToken":"days"})")
      .add_json("ExplicitAuthFlows", wire::json_strings(auth_flows(context)))
      .add_json("RefreshTokenRotation", refresh_token_rotation(context))
      .add("PreventUserExistenceErrors", "ENABLED")
      .add("EnableTokenRevocation", true);
  add_oauth_members(json, context, client);
  return JsonObject().add_json("UserPoolClient", json.text()).text();
}

std::string list_user_pools(CognitoContext& context, const JsonRequest& request) {
  read_page_limit(request, "MaxResults");
  return JsonObject().add_json("UserPools", wire::json_list({pool_summary(context).text()})).text();
}

std::string list_user_pool_clients(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  const int limit = read_page_limit(request, "MaxResults");
  const bool from_second = read_page_start(request, "NextToken") == context.pool->app.id;
  std::vector<std::string> clients;
  if (!from_second) clients.push_back(client_summary(context, context.pool->app).text());
  clients.push_back(client_summary(context, context.pool->service).text());
  const bool more = cut_page(clients, limit);
  JsonObject answer;
  answer.add_json("UserPoolClients", wire::json_list(clients));
  if (more) answer.add("NextToken", page_token(context.pool->app.id));
  return answer.text();
}

std::string describe_resource_server(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  if (request.text("Identifier") != kResourceServer)
    throw ApiFault("ResourceNotFoundException", "Resource server not found.");
  return JsonObject().add_json("ResourceServer", resource_server(context)).text();
}

std::string list_resource_servers(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  read_page_limit(request, "MaxResults");
  return JsonObject().add_json("ResourceServers", wire::json_list({resource_server(context)})).text();
}

}  // namespace wsdeep::local

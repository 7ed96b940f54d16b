#include <fmt/format.h>

#include "local/api_fault.h"
#include "local/cognito_operations.h"
#include "local/cognito_tokens.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

constexpr const char* kPoolName = "wsdeep-local";
constexpr const char* kClientName = "wsdeep";

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

JsonObject client_summary(const CognitoContext& context) {
  JsonObject client;
  client.add("ClientId", context.pool->app.id).add("UserPoolId", context.pool->id).add("ClientName", kClientName);
  return client;
}

}  // namespace

std::string describe_user_pool(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  JsonObject pool = pool_summary(context);
  pool.add_json("Policies", JsonObject().add_json("PasswordPolicy", password_policy()).text())
      .add_json("AliasAttributes", R"(["email"])")
      .add_json("UsernameConfiguration", R"({"CaseSensitive":false})")
      .add_json("AdminCreateUserConfig", R"({"AllowAdminCreateUserOnly":true})")
      .add("MfaConfiguration", "OFF")
      .add("DeletionProtection", "INACTIVE")
      .add("EstimatedNumberOfUsers", context.users.count());
  return JsonObject().add_json("UserPool", pool.text()).text();
}

std::string describe_user_pool_client(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  require_client(context, request);
  JsonObject client = client_summary(context);
  client.add("LastModifiedDate", seconds_of(context.pool->created_ms))
      .add("CreationDate", seconds_of(context.pool->created_ms))
      .add("RefreshTokenValidity", kRefreshSeconds / 86400)
      .add("AccessTokenValidity", kTokenSeconds / 60)
      .add("IdTokenValidity", kTokenSeconds / 60)
      .add_json("TokenValidityUnits", R"({"AccessToken":"minutes","IdToken":"minutes","RefreshToken":"days"})")
      .add_json("ExplicitAuthFlows",
                R"(["ALLOW_ADMIN_USER_PASSWORD_AUTH","ALLOW_REFRESH_TOKEN_AUTH","ALLOW_USER_PASSWORD_AUTH",)"
                R"("ALLOW_USER_SRP_AUTH"])")
      .add("PreventUserExistenceErrors", "ENABLED")
      .add("EnableTokenRevocation", true);
  return JsonObject().add_json("UserPoolClient", client.text()).text();
}

std::string list_user_pools(CognitoContext& context, const JsonRequest& request) {
  read_page_limit(request, "MaxResults");
  return JsonObject().add_json("UserPools", wire::json_list({pool_summary(context).text()})).text();
}

std::string list_user_pool_clients(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  read_page_limit(request, "MaxResults");
  return JsonObject().add_json("UserPoolClients", wire::json_list({client_summary(context).text()})).text();
}

}  // namespace wsdeep::local

#include <fmt/format.h>

#include <algorithm>

#include "auth/sign_in_flow.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/utf8.h"
#include "local/api/fault.h"
#include "local/cognito/operations.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

constexpr int kMaxPage = 60;

void require_attribute_name(const CognitoContext& context, const std::string& name) {
  if (name == "sub") throw ApiFault(kInvalidParameter, "Cannot modify the non-mutable attribute sub");
  const auto& standard = standard_attributes();
  const auto& custom = context.custom_attributes;
  if (std::find(standard.begin(), standard.end(), name) != standard.end()) return;
  if (std::find(custom.begin(), custom.end(), name) != custom.end()) return;
  throw ApiFault(kInvalidParameter,
                 fmt::format("Attributes did not conform to the schema: Type for attribute {{{}}} could not be "
                             "determined",
                             name.substr(0, 64)));
}

void require_attribute_value(const std::string& name, const std::string& value) {
  const auto refuse = [&](std::string_view cause) {
    throw ApiFault(kInvalidParameter, fmt::format("Attributes did not conform to the schema: {}: {}", name, cause));
  };
  if (value.size() > 2048) refuse("String attributes cannot have a length of more than 2048");
  if (name.ends_with("_verified") && value != "true" && value != "false")
    refuse("Boolean attributes must be true or false");
  const std::size_t at = value.find('@');
  const bool is_address =
      at != std::string::npos && at > 0 && at + 1 < value.size() && value.find_first_of(" \t\r\n") == std::string::npos;
  if (name == "email" && !is_address) throw ApiFault(kInvalidParameter, "Invalid email address format.");
}

bool is_wanted(const std::string& name, const std::vector<std::string>& only) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

}  // namespace

void require_pool(const CognitoContext& context, const JsonRequest& request) {
  const std::string id = request.text("UserPoolId");
  if (id != context.pool->id)
    throw ApiFault("ResourceNotFoundException", fmt::format("User pool {} does not exist.", id));
}

const AppClient& require_client(const CognitoContext& context, const JsonRequest& request) {
  const std::string id = request.text("ClientId");
  const AppClient* client = context.pool->find_client(id);
  if (client == nullptr)
    throw ApiFault("ResourceNotFoundException", fmt::format("User pool client {} does not exist.", id));
  return *client;
}

void require_secret_hash(const AppClient& client, const std::string& username, const Parameters& parameters) {
  const auto given = parameters.find("SECRET_HASH");
  const bool is_given = given != parameters.end();
  if (client.secret.empty() && !is_given) return;
  if (!is_given)
    throw not_authorized(
        fmt::format("Client {} is configured with secret but SECRET_HASH was not received", client.id));
  const std::string wanted = auth::secret_hash({"", client.id, client.secret}, username);
  if (client.secret.empty() || !constant_time_equal(wanted, given->second))
    throw not_authorized(fmt::format("Unable to verify secret hash for client {}", client.id));
}

Parameters secret_hash_in(const JsonRequest& request) {
  if (!request.has("SecretHash")) return {};
  return {{"SECRET_HASH", request.text("SecretHash")}};
}

const std::string& require_parameter(const Parameters& parameters, const char* name) {
  const auto found = parameters.find(name);
  if (found == parameters.end() || found->second.empty())
    throw bad_parameter(fmt::format("Missing required parameter {}", name));
  return found->second;
}

User require_user(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  auto user = context.users.find_by_login(request.text("Username"));
  if (!user) throw ApiFault("UserNotFoundException", "User does not exist.");
  return *std::move(user);
}

SignedIn read_access_token(CognitoContext& context, const std::string& token) {
  const auth::TokenRules rules{
      context.issuer, {context.pool->app.id, context.pool->service.id}, {"access"}, std::chrono::seconds(0)};
  const auth::TokenVerdict verdict = auth::verify_token(token, context.keys, rules, context.clock.now());
  if (verdict.fault == auth::TokenFault::kExpired) throw not_authorized("Access Token has expired");
  if (!verdict) throw not_authorized("Invalid Access Token");
  const Json claims = wire::parse_json(verdict.claims.json, "access token");
  const JsonRequest fields(claims, kInvalidParameter);
  if (!fields.has("origin_jti")) throw not_authorized("Invalid Access Token");  // a program's, not a user's
  auto user = context.users.find_by_sub(verdict.claims.subject);
  if (!user) throw ApiFault("UserNotFoundException", "User does not exist.");
  if (!user->enabled) throw not_authorized("User is disabled.");
  const auto session = context.sessions.find(fields.text("origin_jti"));
  if (!session || session->revoked) throw not_authorized("Access Token has been revoked");
  return {*std::move(user), fields.text("scope")};
}

User require_signed_in(CognitoContext& context, const JsonRequest& request) {
  SignedIn signed_in = read_access_token(context, request.text("AccessToken"));
  if (!has_scope(signed_in.scopes, kApiScope)) throw not_authorized("Access Token does not have required scopes");
  return std::move(signed_in.user);
}

int read_page_limit(const JsonRequest& request, const char* member) {
  const std::int64_t limit = request.integer(member).value_or(0);
  if (limit < 0 || limit > kMaxPage)
    throw ApiFault(
        kInvalidParameter,
        fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "
                    "have value {} than or equal to {}",
                    limit, to_lower(member), limit < 0 ? "greater" : "less", limit < 0 ? 0 : kMaxPage));
  return limit == 0 ? kMaxPage : static_cast<int>(limit);
}

std::string read_page_start(const JsonRequest& request, const char* member) {
  const auto start = from_base64url(request.text_or(member, ""));
  if (!start || !is_utf8(*start)) throw ApiFault(kInvalidParameter, "Invalid pagination token");
  return *start;
}

std::string page_token(const std::string& last_name) {
  return base64url(last_name);
}

std::string attributes_json(const User& user, const std::vector<std::string>& only) {
  std::vector<std::string> list;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (is_wanted(name, only)) list.push_back(wire::JsonObject().add("Name", name).add("Value", value).text());
  };
  add("sub", user.sub);
  for (const auto& [name, value] : user.attributes) add(name, value);
  return wire::json_list(list);
}

wire::JsonObject user_object(const User& user, const char* attributes_member, const std::vector<std::string>& only) {
  wire::JsonObject json;
  json.add("Username", user.username)
      .add_json(attributes_member, attributes_json(user, only))
      .add("UserCreateDate", seconds_of(user.created_ms))
      .add("UserLastModifiedDate", seconds_of(user.modified_ms))
      .add("Enabled", user.enabled)
      .add("UserStatus", user.status);
  return json;
}

std::string user_json(const User& user, const char* attributes_member, const std::vector<std::string>& only) {
  return user_object(user, attributes_member, only).text();
}

/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
const std::vector<std::string_view>& standard_attributes() {
  static const std::vector<std::string_view> kNames = {
      "address", "birthdate",   "email",   "email_verified",     "family_name",  "gender",  "given_name",
      "locale",  "middle_name", "name",    "nickname",           "phone_number", "picture", "phone_number_verified",
      "profile", "updated_at",  "website", "preferred_username", "zoneinfo"};
  return kNames;
}

void apply_attributes(const CognitoContext& context, User& user, const Json* attributes, UserAge age) {
  if (attributes == nullptr) return;
  const std::string marker = user.attributes.contains(kTestMarker) ? user.attributes[kTestMarker] : "";
  const std::string old_email = user.attributes.contains("email") ? user.attributes["email"] : "";
  bool says_verified = false;
  for (const Json& entry : *attributes) {
    const JsonRequest attribute(entry, kInvalidParameter);
    const std::string name = attribute.text("Name"), value = attribute.text_or("Value", "");
    require_attribute_name(context, name);
    if (age == UserAge::kExisting && name == kTestMarker && value != marker)
      throw ApiFault(kInvalidParameter, fmt::format("user.{}: Attribute cannot be updated.", name));
    says_verified = says_verified || name == "email_verified";
    if (value.empty()) {
      user.attributes.erase(name);
    } else {
      require_attribute_value(name, value);
      user.attributes[name] = value;
    }
  }
  // A new address has to be verified anew, unless the administrator vouches for it in the same request.
  const bool changed = !old_email.empty() && user.attributes.contains("email") && user.attributes["email"] != old_email;
  if (changed && !says_verified && user.attributes.contains("email_verified"))
    user.attributes["email_verified"] = "false";
}

void require_own_attributes(const Json* attributes) {
  if (attributes == nullptr) return;
  for (const Json& entry : *attributes)
    if (JsonRequest(entry, kInvalidParameter).text("Name").ends_with("_verified"))
      throw not_authorized("A client attempted to write unauthorized attribute");
}

void set_password(CognitoContext& context, User& user, PasswordRecord record, bool permanent) {
  user.password = std::move(record);
  user.password_ms = user.modified_ms = context.now_ms();
  user.status = permanent ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD";
  context.users.update(user);
}

}  // namespace wsdeep::local

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "base/utf8.h"
#include "local/api/fault.h"
#include "local/cognito/operations.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

ApiFault username_exists() {
  return {"UsernameExistsException", "User account already exists"};
}

User new_user(CognitoContext& context, const JsonRequest& request) {
  User user;
  user.username = request.text("Username");
  require_new_username(user.username);
  if (context.users.find(user.username)) throw username_exists();
  user.sub = random_uuid();
  user.status = "FORCE_CHANGE_PASSWORD";
  apply_attributes(context, user, request.list("UserAttributes"), UserAge::kNew);
  user.created_ms = user.modified_ms = user.password_ms = context.now_ms();
  return user;
}

/// MessageAction RESEND: there is no mail to send, but the user has to be there.
void resend_invitation(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const User user = require_user(context, request);
  if (user.status != "FORCE_CHANGE_PASSWORD")
    throw ApiFault("UnsupportedUserStateException", "Resend not possible. User status is not FORCE_CHANGE_PASSWORD");
  answer.done(JsonObject().add_json("User", user_json(user, "Attributes")).text());
}

}  // namespace

void require_new_username(const std::string& name) {
  const bool has_blank =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
  if (name.empty() || utf8_length(name) > 128 || has_blank)
    throw ApiFault(kInvalidParameter,
                   fmt::format("1 validation error detected: Value '{}' at 'username' failed to satisfy "
                               "constraint: Member must satisfy regular expression pattern: "
                               "[\\p{{L}}\\p{{M}}\\p{{S}}\\p{{N}}\\p{{P}}]+ and have length between 1 and 128",
                               name.substr(0, 200)));
  // A name that looks like an address could be another user's alias.
  if (name.find('@') != std::string::npos)
    throw ApiFault(kInvalidParameter,
                   "Username cannot be of email format, since user pool is configured for email alias.");
}

void claim_verified_email(CognitoContext& context, const User& user, bool take_over) {
  const auto email = user.attributes.find("email");
  if (email == user.attributes.end() || !user.has_verified(email->second)) return;
  auto other = context.users.find_by_verified_email(email->second);
  if (!other || other->sub == user.sub) return;
  if (!take_over) throw ApiFault("AliasExistsException", "An account with the email already exists.");
  other->attributes["email_verified"] = "false";
  context.users.update(*other);
}

void admin_create_user(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  require_pool(context, request);
  const std::string action = request.text_or("MessageAction", "");
  if (action == "RESEND") return resend_invitation(context, request, answer);
  if (!action.empty() && action != "SUPPRESS")
    throw ApiFault(kInvalidParameter,
                   fmt::format("1 validation error detected: Value '{}' at 'messageAction' failed to satisfy "
                               "constraint: Member must satisfy enum value set: [RESEND, SUPPRESS]",
                               action));
  User user = new_user(context, request);
  const bool take_over = request.boolean("ForceAliasCreation", false);
  claim_verified_email(context, user, take_over);
  const std::string password = request.text_or("TemporaryPassword", "");
  if (!password.empty()) require_password_policy(password);
  in_background(
      context, answer,
      [pool = context.pool, name = user.username, password] {
        // Cognito would make a password and send it; from here no mail goes out, so nobody would ever know it.
        return password.empty() ? record_of_nobody(pool->secret, name) : make_password_record(pool->id, name, password);
      },
      [user, answer, take_over](CognitoContext& later, PasswordRecord record) mutable {
        // Another request may have created the same user meanwhile.
        if (later.users.find(user.username)) throw username_exists();
        claim_verified_email(later, user, take_over);
        user.password = std::move(record);
        later.users.insert(user);
        answer.done(JsonObject().add_json("User", user_json(user, "Attributes")).text());
      });
}

void admin_set_user_password(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const User user = require_user(context, request);
  const std::string password = request.text("Password");
  const bool permanent = request.boolean("Permanent", false);
  require_password_policy(password);
  in_background(
      context, answer,
      [pool = context.pool, name = user.username, password] { return make_password_record(pool->id, name, password); },
      [name = user.username, answer, permanent](CognitoContext& later, PasswordRecord record) {
        auto current = later.users.find(name);
        if (!current) throw ApiFault("UserNotFoundException", "User does not exist.");
        set_password(later, *current, std::move(record), permanent);
        answer.done("{}");
      });
}

std::string admin_get_user(CognitoContext& context, const JsonRequest& request) {
  const User user = require_user(context, request);
  JsonObject answer = user_object(user, "UserAttributes");
  add_mfa_members(answer, context.mfa.find(user.username));
  return answer.text();
}

std::string admin_delete_user(CognitoContext& context, const JsonRequest& request) {
  context.users.remove(require_user(context, request).username);
  return "{}";
}

std::string admin_enable_user(CognitoContext& context, const JsonRequest& request) {
  User user = require_user(context, request);
  user.enabled = true;
  user.modified_ms = context.now_ms();
  context.users.update(user);
  return "{}";
}

std::string admin_disable_user(CognitoContext& context, const JsonRequest& request) {
  User user = require_user(context, request);
  user.enabled = false;
  user.modified_ms = context.now_ms();
  context.users.update(user);
  context.sessions.revoke_all(user.username);
  return "{}";
}

std::string admin_update_user_attributes(CognitoContext& context, const JsonRequest& request) {
  User user = require_user(context, request);
  apply_attributes(context, user, &request.required_list("UserAttributes"), UserAge::kExisting);
  claim_verified_email(context, user, false);
  user.modified_ms = context.now_ms();
  context.users.update(user);
  return "{}";
}

std::string admin_user_global_sign_out(CognitoContext& context, const JsonRequest& request) {
  context.sessions.revoke_all(require_user(context, request).username);
  return "{}";
}

std::string list_users(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  const int limit = read_page_limit(request);
  const std::vector<std::string> only = request.text_list("AttributesToGet");
  std::vector<User> users = context.users.list(parse_user_filter(request.text_or("Filter", "")),
                                               read_page_start(request, "PaginationToken"), limit + 1);
  const bool more = cut_page(users, limit);
  std::vector<std::string> list;
  for (const User& user : users) list.push_back(user_json(user, "Attributes", only));
  JsonObject answer;
  answer.add_json("Users", wire::json_list(list));
  if (more) answer.add("PaginationToken", page_token(users.back().username));
  return answer.text();
}

}  // namespace wsdeep::local

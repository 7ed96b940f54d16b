// Passwords that were forgotten, or that an administrator has voided:
//
//   ForgotPassword | AdminResetUserPassword (→ RESET_REQUIRED) → a code goes to the verified e-mail address
//     → ConfirmForgotPassword → CONFIRMED, with a new password
//
// Who does not exist, and who has no verified address, is answered like everybody else.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html

#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

/// The verified e-mail address; empty when there is none.
std::string recovery_address(const User& user) {
  const auto email = user.attributes.find("email");
  return email != user.attributes.end() && user.has_verified(email->second) ? email->second : "";
}

/// The user who may choose a new password by a code; nobody when there is none, which must not show.
std::optional<User> find_recoverable(CognitoContext& context, const JsonRequest& request) {
  const AppClient& client = require_client(context, request);
  const std::string username = request.text("Username");
  require_secret_hash(client, username, secret_hash_in(request));
  auto user = context.users.find_by_login(username);
  context.limits.require(Rationed::kRecoverPassword, user ? user->username : username);
  if (!user || !user->enabled || recovery_address(*user).empty()) return std::nullopt;
  return user;
}

}  // namespace

std::string forgot_password(CognitoContext& context, const JsonRequest& request) {
  const auto user = find_recoverable(context, request);
  if (!user) return pretended_delivery(context, request.text("Username"));
  if (user->status == "FORCE_CHANGE_PASSWORD")
    throw not_authorized("User password cannot be reset in the current state.");
  return JsonObject().add_json("CodeDeliveryDetails", send_code(context, *user, CodeUse::kPassword)).text();
}

void confirm_forgot_password(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const auto user = find_recoverable(context, request);
  const std::string code = request.text("ConfirmationCode"), password = request.text("Password");
  require_password_policy(password);
  if (!user) throw wrong_sent_code();
  require_code(context.sent_codes.check(CodeUse::kPassword, user->username, recovery_address(*user), code));
  context.sent_codes.forget(CodeUse::kPassword, user->username);
  in_background(
      context, answer,
      [pool = context.pool, name = user->username, password] { return make_password_record(pool->id, name, password); },
      [user = *user, answer](CognitoContext& later, PasswordRecord record) {
        auto current = later.users.find_by_sub(user.sub);
        if (!current || !current->enabled || current->password.srp_salt != user.password.srp_salt) throw no_code();
        set_password(later, *current, std::move(record), true);
        answer.done("{}");
      });
}

std::string admin_reset_user_password(CognitoContext& context, const JsonRequest& request) {
  User user = require_user(context, request);
  if (recovery_address(user).empty())
    throw bad_parameter("Cannot reset password for the user as there is no registered/verified email or phone_number");
  if (user.status != "CONFIRMED" && user.status != "RESET_REQUIRED")
    throw not_authorized("User password cannot be reset in the current state.");
  user.status = "RESET_REQUIRED";
  user.modified_ms = context.now_ms();
  context.users.update(user);
  context.sessions.revoke_all(user.username);
  send_code(context, user, CodeUse::kPassword);
  return "{}";
}

}  // namespace wsdeep::local

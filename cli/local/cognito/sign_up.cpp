// People who register themselves, and confirm that the e-mail address is theirs:
//
//   SignUp → UNCONFIRMED, a code goes to the address → ConfirmSignUp → CONFIRMED, the address is verified
//
// As in the pool that `wsdeep deploy` makes, e-mail addresses are what is verified, and nothing tells whether somebody
// exists but for the refusal to register a name twice.
// https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html

#include "base/random.h"
#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

std::string email_of(const User& user) {
  const auto email = user.attributes.find("email");
  return email == user.attributes.end() ? "" : email->second;
}

User new_person(CognitoContext& context, const JsonRequest& request) {
  User user;
  user.username = request.text("Username");
  require_new_username(user.username);
  if (context.users.find(user.username)) throw ApiFault("UsernameExistsException", "User already exists");
  user.sub = random_uuid();
  user.status = "UNCONFIRMED";
  require_own_attributes(request.list("UserAttributes"));
  apply_attributes(context, user, request.list("UserAttributes"), UserAge::kNew);
  user.created_ms = user.modified_ms = user.password_ms = context.now_ms();
  return user;
}

/// The user whom `Username` names; nobody when there is none, which must not show.
std::optional<User> find_person(CognitoContext& context, const JsonRequest& request) {
  const AppClient& client = require_client(context, request);
  const std::string username = request.text("Username");
  require_secret_hash(client, username, secret_hash_in(request));
  return context.users.find_by_login(username);
}

void confirm(CognitoContext& context, User user, bool verifies_email) {
  user.status = "CONFIRMED";
  if (verifies_email) user.attributes["email_verified"] = "true";
  user.modified_ms = context.now_ms();
  context.users.update(user);
}

}  // namespace

void sign_up(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const AppClient& client = require_client(context, request);
  const std::string password = request.text("Password");
  require_secret_hash(client, request.text("Username"), secret_hash_in(request));
  User user = new_person(context, request);
  require_password_policy(password);
  in_background(
      context, answer,
      [pool = context.pool, name = user.username, password] { return make_password_record(pool->id, name, password); },
      [user, answer](CognitoContext& later, PasswordRecord record) mutable {
        // Another request may have created the same user meanwhile.
        if (later.users.find(user.username)) throw ApiFault("UsernameExistsException", "User already exists");
        user.password = std::move(record);
        later.users.insert(user);
        JsonObject json;
        json.add("UserConfirmed", false).add("UserSub", user.sub);
        if (!email_of(user).empty()) json.add_json("CodeDeliveryDetails", send_code(later, user, CodeUse::kSignUp));
        answer.done(json.text());
      });
}

std::string confirm_sign_up(CognitoContext& context, const JsonRequest& request) {
  const auto user = find_person(context, request);
  const std::string code = request.text("ConfirmationCode");
  if (!user) throw no_code();
  context.limits.require(Rationed::kConfirmSignUp, user->username);
  if (user->status != "UNCONFIRMED")
    throw not_authorized("User cannot be confirmed. Current status is " + user->status);
  User confirmed = *user;
  confirmed.attributes["email_verified"] = "true";
  require_code(context.sent_codes.check(CodeUse::kSignUp, user->username, email_of(*user), code));
  claim_verified_email(context, confirmed, request.boolean("ForceAliasCreation", false));
  context.sent_codes.forget(CodeUse::kSignUp, user->username);
  confirm(context, *user, true);
  return "{}";
}

std::string admin_confirm_sign_up(CognitoContext& context, const JsonRequest& request) {
  const User user = require_user(context, request);
  if (user.status != "UNCONFIRMED") throw not_authorized("User cannot be confirmed. Current status is " + user.status);
  confirm(context, user, false);
  return "{}";
}

std::string resend_confirmation_code(CognitoContext& context, const JsonRequest& request) {
  const auto user = find_person(context, request);
  if (!user || !user->enabled) return pretended_delivery(context, request.text("Username"));
  context.limits.require(Rationed::kResendCode, user->username);
  if (user->status != "UNCONFIRMED") throw bad_parameter("User is already confirmed.");
  if (email_of(*user).empty()) throw bad_parameter("Cannot resend codes. Auto verification not turned on.");
  return JsonObject().add_json("CodeDeliveryDetails", send_code(context, *user, CodeUse::kSignUp)).text();
}

}  // namespace wsdeep::local

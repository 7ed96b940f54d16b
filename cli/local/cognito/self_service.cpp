// What signed-in users do with their own accounts.

#include <fmt/format.h>

#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

/// Only these two can be verified.
CodeUse use_of(const std::string& attribute) {
  if (attribute == "email") return CodeUse::kEmail;
  if (attribute == "phone_number") return CodeUse::kPhone;
  throw bad_parameter(fmt::format("Invalid attribute name: {} cannot be verified", attribute.substr(0, 64)));
}

void erase_attributes(CognitoContext& context, User& user, const JsonRequest& request) {
  Json blanks = Json::array();
  for (const std::string& name : request.text_list("UserAttributeNames"))
    blanks.push_back({{"Name", name}, {"Value", ""}});
  apply_attributes(context, user, &blanks, UserAge::kExisting);
  for (const char* name : {"email", "phone_number"})
    if (!user.attributes.contains(name)) user.attributes.erase(std::string(name) + "_verified");
  user.modified_ms = context.now_ms();
  context.users.update(user);
}

std::string value_of(const User& user, const std::string& attribute) {
  const auto found = user.attributes.find(attribute);
  return found == user.attributes.end() ? "" : found->second;
}

}  // namespace

/// A new e-mail address gets a code at once.
std::string update_user_attributes(CognitoContext& context, const JsonRequest& request) {
  User user = require_signed_in(context, request);
  const std::string old_email = value_of(user, "email"), old_phone = value_of(user, "phone_number");
  const Json& attributes = request.required_list("UserAttributes");
  require_own_attributes(&attributes);
  apply_attributes(context, user, &attributes, UserAge::kExisting);
  if (value_of(user, "phone_number") != old_phone) user.attributes.erase("phone_number_verified");
  user.modified_ms = context.now_ms();
  context.users.update(user);
  const std::string email = value_of(user, "email");
  const bool sends = !email.empty() && email != old_email;
  return JsonObject()
      .add_json("CodeDeliveryDetailsList", sends ? "[" + send_code(context, user, CodeUse::kEmail) + "]" : "[]")
      .text();
}

std::string delete_user_attributes(CognitoContext& context, const JsonRequest& request) {
  User user = require_signed_in(context, request);
  erase_attributes(context, user, request);
  return "{}";
}

std::string admin_delete_user_attributes(CognitoContext& context, const JsonRequest& request) {
  User user = require_user(context, request);
  erase_attributes(context, user, request);
  return "{}";
}

std::string delete_user(CognitoContext& context, const JsonRequest& request) {
  context.users.remove(require_signed_in(context, request).username);
  return "{}";
}

std::string get_user_attribute_verification_code(CognitoContext& context, const JsonRequest& request) {
  const User user = require_signed_in(context, request);
  const std::string attribute = request.text("AttributeName");
  const CodeUse use = use_of(attribute);
  if (value_of(user, attribute).empty()) throw bad_parameter(fmt::format("User has no {}", attribute));
  context.limits.require(Rationed::kSendVerificationCode, user.username);
  return JsonObject().add_json("CodeDeliveryDetails", send_code(context, user, use)).text();
}

std::string verify_user_attribute(CognitoContext& context, const JsonRequest& request) {
  User user = require_signed_in(context, request);
  const std::string attribute = request.text("AttributeName"), code = request.text("Code");
  const CodeUse use = use_of(attribute);
  context.limits.require(Rationed::kVerifyAttribute, user.username);
  require_code(context.sent_codes.check(use, user.username, value_of(user, attribute), code));
  user.attributes[attribute + "_verified"] = "true";
  claim_verified_email(context, user, false);
  context.sent_codes.forget(use, user.username);
  user.modified_ms = context.now_ms();
  context.users.update(user);
  return "{}";
}

}  // namespace wsdeep::local

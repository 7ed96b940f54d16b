#include "base/hash.h"
#include "base/text.h"
#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

struct Message {
  const char* medium;     ///< EMAIL or SMS
  const char* attribute;  ///< that holds the address
  std::string_view text;
};

Message message_for(CodeUse use) {
  switch (use) {
    case CodeUse::kPassword:
      return {"EMAIL", "email", "Your password reset code is {####}."};
    case CodeUse::kPhone:
      return {"SMS", "phone_number", "Your verification code is {####}."};
    default:
      return {"EMAIL", "email", "Your confirmation code is {####}."};
  }
}

std::string address_of(const User& user, const char* attribute) {
  const auto found = user.attributes.find(attribute);
  return found == user.attributes.end() ? "" : found->second;
}

void send(const CognitoContext& context, const User& user, const Message& message, const std::string& code) {
  if (!context.options.send_message) return;
  std::string text(message.text);
  if (const std::size_t at = text.find("{####}"); at != std::string::npos) text.replace(at, 6, code);
  context.options.send_message(JsonObject()
                                   .add("time", iso8601(context.clock.now()))
                                   .add("medium", message.medium)
                                   .add("to", address_of(user, message.attribute))
                                   .add("username", user.username)
                                   .add("message", text)
                                   .text() +
                               "\n");
}

std::string delivery(const char* attribute, const char* medium, const std::string& destination) {
  return JsonObject()
      .add("AttributeName", attribute)
      .add("DeliveryMedium", medium)
      .add("Destination", destination)
      .text();
}

}  // namespace

void send_factor_code(const CognitoContext& context, const User& user, const std::string& code) {
  send(context, user, {"SMS", "phone_number", context.mfa_settings.sms_message}, code);
}

std::string send_code(CognitoContext& context, const User& user, CodeUse use) {
  const Message message = message_for(use);
  const std::string address = address_of(user, message.attribute);
  send(context, user, message, context.sent_codes.make(use, user.username, address));
  return delivery(message.attribute, message.medium, masked_address(address));
}

std::string pretended_delivery(const CognitoContext& context, const std::string& login) {
  const std::string digest = hmac_sha256(context.pool->secret, to_lower(login));
  const auto letter = [&](std::size_t i) {
    return std::string(1, static_cast<char>('a' + static_cast<unsigned char>(digest[i]) % 26));
  };
  return JsonObject()
      .add_json("CodeDeliveryDetails", delivery("email", "EMAIL", masked_address(letter(0) + "@" + letter(1))))
      .text();
}

void require_code(CodeVerdict verdict) {
  if (verdict == CodeVerdict::kNone) throw no_code();
  if (verdict == CodeVerdict::kWrong) throw wrong_sent_code();
}

}  // namespace wsdeep::local

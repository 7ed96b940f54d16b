#include <fmt/format.h>

#include <utility>

#include "local/cognito/operations.h"
#include "local/cognito/totp.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

void require_totp_pool(const CognitoContext& context) {
  if (!context.mfa_settings.totp)
    throw ApiFault("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool");
}

/// One of `SMSMfaSettings` and `SoftwareTokenMfaSettings`: whether it is turned on, and whether it comes first.
struct Preference {
  bool given = false;
  bool enabled = false;
  bool preferred = false;
};

Preference read_preference(const JsonRequest& request, const char* member) {
  const Json* settings = request.object(member);
  if (settings == nullptr) return {};
  const JsonRequest fields(*settings, "InvalidParameterException");
  const Preference preference{true, fields.boolean("Enabled", false), fields.boolean("PreferredMfa", false)};
  if (preference.preferred && !preference.enabled)
    throw bad_parameter("Invalid MFA configuration given, can't prefer an MFA that is not enabled");
  return preference;
}

void apply(const Preference& preference, const char* name, bool& enabled, UserMfa& mfa) {
  if (!preference.given) return;
  enabled = preference.enabled;
  if (preference.preferred)
    mfa.preferred = name;
  else if (mfa.preferred == name)
    mfa.preferred.clear();
}

std::string set_preference(CognitoContext& context, const JsonRequest& request, const User& user) {
  const Preference sms = read_preference(request, "SMSMfaSettings");
  const Preference totp = read_preference(request, "SoftwareTokenMfaSettings");
  if (sms.preferred && totp.preferred) throw bad_parameter("Only one MFA can be set as preferred");
  UserMfa mfa = context.mfa.find(user.username);
  if (totp.enabled && mfa.totp_secret.empty()) throw bad_parameter("User has not verified software token mfa");
  if (sms.enabled && !user.attributes.contains("phone_number"))
    throw bad_parameter("User does not have delivery config set to turn on SMS_MFA");
  apply(sms, kSmsMfa, mfa.sms_enabled, mfa);
  apply(totp, kSoftwareTokenMfa, mfa.totp_enabled, mfa);
  context.mfa.save(user.username, mfa);
  return "{}";
}

std::string mfa_config_json(const MfaSettings& settings) {
  JsonObject json;
  if (settings.sms)
    json.add_json(
        "SmsMfaConfiguration",
        JsonObject().add("SmsAuthenticationMessage", settings.sms_message).add_json("SmsConfiguration", "{}").text());
  json.add_json("SoftwareTokenMfaConfiguration", JsonObject().add("Enabled", settings.totp).text())
      .add("MfaConfiguration", settings.configuration);
  return json.text();
}

void read_sms_config(const JsonRequest& request, MfaSettings& settings) {
  const Json* sms = request.object("SmsMfaConfiguration");
  if (sms == nullptr) return;
  const JsonRequest fields(*sms, "InvalidParameterException");
  settings.sms_message = fields.text_or("SmsAuthenticationMessage", settings.sms_message);
  if (settings.sms_message.find("{####}") == std::string::npos || settings.sms_message.size() > 140)
    throw bad_parameter(
        "1 validation error detected: Value at 'smsMfaConfiguration.smsAuthenticationMessage' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: .*\\{####\\}.* and have length between 6 and 140");
  settings.sms = true;
}

}  // namespace

std::string associate_software_token(CognitoContext& context, const JsonRequest& request) {
  if (request.has("Session")) {
    require_totp_pool(context);
    const std::string session = request.text("Session");
    return JsonObject().add("SecretCode", give_totp_secret(context, session)).add("Session", session).text();
  }
  const User user = require_signed_in(context, request);
  require_totp_pool(context);
  UserMfa mfa = context.mfa.find(user.username);
  mfa.totp_pending = make_totp_secret();
  context.mfa.save(user.username, mfa);
  return JsonObject().add("SecretCode", mfa.totp_pending).text();
}

std::string verify_software_token(CognitoContext& context, const JsonRequest& request) {
  const std::string code = request.text("UserCode");
  if (request.has("Session")) {
    require_totp_pool(context);
    const std::string session = request.text("Session");
    prove_totp_secret(context, session, code);
    return JsonObject().add("Status", "SUCCESS").add("Session", session).text();
  }
  const User user = require_signed_in(context, request);
  require_totp_pool(context);
  UserMfa mfa = context.mfa.find(user.username);
  if (mfa.totp_pending.empty()) throw bad_parameter("User has not been given a software token");
  const TotpVerdict verdict = check_totp(from_base32(mfa.totp_pending).value_or(""), code, context.clock.now());
  if (!verdict.right) throw ApiFault("EnableSoftwareTokenMFAException", "Code mismatch");
  mfa.totp_secret = std::exchange(mfa.totp_pending, "");
  mfa.totp_last_step = verdict.step;
  context.mfa.save(user.username, mfa);
  return JsonObject().add("Status", "SUCCESS").text();
}

std::string set_user_mfa_preference(CognitoContext& context, const JsonRequest& request) {
  return set_preference(context, request, require_signed_in(context, request));
}

std::string admin_set_user_mfa_preference(CognitoContext& context, const JsonRequest& request) {
  return set_preference(context, request, require_user(context, request));
}

std::string get_user_pool_mfa_config(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  return mfa_config_json(context.mfa_settings);
}

/// The request describes the whole configuration: a factor that it does not name is turned off.
std::string set_user_pool_mfa_config(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  MfaSettings settings;
  settings.sms_message = context.mfa_settings.sms_message;
  settings.configuration = request.text_or("MfaConfiguration", "OFF");
  if (settings.configuration != "OFF" && settings.configuration != "ON" && settings.configuration != "OPTIONAL")
    throw bad_parameter(
        fmt::format("1 validation error detected: Value '{}' at 'mfaConfiguration' failed to satisfy constraint: "
                    "Member must satisfy enum value set: [OFF, ON, OPTIONAL]",
                    settings.configuration));
  read_sms_config(request, settings);
  if (const Json* totp = request.object("SoftwareTokenMfaConfiguration"))
    settings.totp = JsonRequest(*totp, "InvalidParameterException").boolean("Enabled", false);
  if (settings.configuration != "OFF" && !settings.totp && !settings.sms)
    throw bad_parameter("Invalid MFA configuration given, can't disable all MFAs and require MFA.");
  write_mfa_settings(context.database, settings);
  context.mfa_settings = settings;
  return mfa_config_json(settings);
}

}  // namespace wsdeep::local

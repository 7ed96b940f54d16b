// The second factor of a sign-in, after the password:
//
//   MFA off, or optional and the user has none ──────────────────────────────────────→ signed in
//   one factor, or one that is preferred → SOFTWARE_TOKEN_MFA or SMS_MFA → code right → signed in
//   two and no preference → SELECT_MFA_TYPE → as above
//   MFA required and the user has none → MFA_SETUP → secret given, code right ────────→ signed in
//
// A wrong code may be corrected a few times in the same session; the code of an app is taken once. Wrong codes lock a
// user out as wrong passwords do, whatever sessions they come in.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "local/cognito/operations.h"
#include "local/cognito/totp.h"

namespace wsdeep::local {
namespace {

constexpr const char* kSelectMfaType = "SELECT_MFA_TYPE";
constexpr const char* kMfaSetup = "MFA_SETUP";
constexpr int kMaxWrongCodes = 5;

std::string phone_of(const User& user) {
  const auto phone = user.attributes.find("phone_number");
  return phone == user.attributes.end() ? "" : phone->second;
}

SignInChallenge challenge_for(const User& user, const std::string& name, const SignInSteps& steps) {
  SignInChallenge challenge;
  challenge.name = name;
  challenge.username = user.username;
  challenge.client_id = steps.client_id;
  challenge.password_salt = user.password.srp_salt;
  return challenge;
}

void ask(CognitoContext& context, const User& user, const std::string& name, const SignInSteps& steps) {
  SignInChallenge challenge = challenge_for(user, name, steps);
  SignInQuestion question{name, "", {}};
  question.parameters.add("USER_ID_FOR_SRP", user.username);
  if (name == kSmsMfa) {
    challenge.code = random_code();
    send_factor_code(context, user, challenge.code);
    question.destination = masked_address(phone_of(user));
    question.parameters.add("CODE_DELIVERY_DELIVERY_MEDIUM", "SMS")
        .add("CODE_DELIVERY_DESTINATION", question.destination);
  }
  question.session = context.challenges.add(std::move(challenge));
  steps.asked(question);
}

/// `member` is a list as text, as Cognito has it.
void ask_among(CognitoContext& context, const User& user, const char* name, const char* member,
               const std::vector<std::string>& choices, const SignInSteps& steps) {
  SignInQuestion question{name, context.challenges.add(challenge_for(user, name, steps)), {}};
  question.parameters.add("USER_ID_FOR_SRP", user.username).add(member, wire::json_strings(choices));
  steps.asked(question);
}

void ask_for_setup(CognitoContext& context, const User& user, const SignInSteps& steps) {
  std::vector<std::string> choices;
  if (context.mfa_settings.sms) choices.emplace_back(kSmsMfa);
  if (context.mfa_settings.totp) choices.emplace_back(kSoftwareTokenMfa);
  ask_among(context, user, kMfaSetup, "MFAS_CAN_SETUP", choices, steps);
}

/// Counts a wrong code; the session ends with the last one that it allows.
[[noreturn]] void refuse_code(CognitoContext& context, const std::string& session, const ApiFault& fault) {
  SignInChallenge* open = context.challenges.find(session);
  if (open != nullptr && ++open->wrong_codes >= kMaxWrongCodes) context.challenges.remove(session);
  throw ApiFault(fault);
}

/// The same, where a guess may have been meant to get in.
[[noreturn]] void refuse_guess(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                               const ApiFault& fault) {
  context.locks.failed(challenge.username);
  refuse_code(context, session, fault);
}

ApiFault wrong_code() {
  return {"CodeMismatchException", "Invalid code received for user"};
}
ApiFault used_code() {
  return {"ExpiredCodeException", "Your software token has already been used once."};
}

void check_app_code(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                    const Parameters& responses) {
  const std::string& code = require_parameter(responses, "SOFTWARE_TOKEN_MFA_CODE");
  UserMfa mfa = context.mfa.find(challenge.username);
  const TotpVerdict verdict = check_totp(from_base32(mfa.totp_secret).value_or(""), code, context.clock.now());
  if (mfa.totp_secret.empty() || !verdict.right) refuse_guess(context, challenge, session, wrong_code());
  if (verdict.step <= mfa.totp_last_step) refuse_guess(context, challenge, session, used_code());
  mfa.totp_last_step = verdict.step;
  context.mfa.save(challenge.username, mfa);
}

void check_sent_code(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                     const Parameters& responses) {
  if (!constant_time_equal(challenge.code, require_parameter(responses, "SMS_MFA_CODE")))
    refuse_guess(context, challenge, session, wrong_code());
}

/// The challenge of a session that sets an app up.
SignInChallenge& require_setup(CognitoContext& context, const std::string& session) {
  SignInChallenge* challenge = context.challenges.find(session);
  if (challenge == nullptr || challenge->name != kMfaSetup) throw invalid_session();
  return *challenge;
}

void finish(CognitoContext& context, const User& user, const SignInSteps& steps) {
  context.locks.succeeded(user.username);
  steps.signed_in(context, user);
}

}  // namespace

std::vector<std::string> factors_of(const CognitoContext& context, const User& user, const UserMfa& mfa) {
  const MfaSettings& settings = context.mfa_settings;
  std::vector<std::string> factors;
  if (settings.configuration == "OFF") return factors;
  // Where a factor is required, having one is enough: nobody has to turn it on.
  const bool required = settings.configuration == "ON";
  if (settings.sms && !phone_of(user).empty() && (mfa.sms_enabled || required)) factors.emplace_back(kSmsMfa);
  if (settings.totp && !mfa.totp_secret.empty() && (mfa.totp_enabled || required))
    factors.emplace_back(kSoftwareTokenMfa);
  return factors;
}

void ask_second_factor(CognitoContext& context, const User& user, const SignInSteps& steps) {
  const UserMfa mfa = context.mfa.find(user.username);
  const std::vector<std::string> factors = factors_of(context, user, mfa);
  if (factors.empty() && context.mfa_settings.configuration == "ON") return ask_for_setup(context, user, steps);
  if (factors.empty()) return finish(context, user, steps);
  const auto preferred = std::find(factors.begin(), factors.end(), mfa.preferred);
  if (preferred != factors.end()) return ask(context, user, *preferred, steps);
  if (factors.size() == 1) return ask(context, user, factors[0], steps);
  ask_among(context, user, kSelectMfaType, "MFAS_CAN_CHOOSE", factors, steps);
}

void answer_second_factor(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                          const Parameters& responses, const SignInSteps& steps) {
  const auto user = context.users.find(challenge.username);
  if (!user || user->password.srp_salt != challenge.password_salt) throw invalid_session();
  if (!user->enabled) throw not_authorized("User is disabled.");
  if (challenge.name == kSelectMfaType) {
    const std::string& choice = require_parameter(responses, "ANSWER");
    const auto factors = factors_of(context, *user, context.mfa.find(user->username));
    if (std::find(factors.begin(), factors.end(), choice) == factors.end())
      throw bad_parameter("Invalid MFA type received for user");
    context.challenges.remove(session);
    return ask(context, *user, choice, steps);
  }
  require_unlocked(context, user->username);
  if (challenge.name == kSoftwareTokenMfa) check_app_code(context, challenge, session, responses);
  if (challenge.name == kSmsMfa) check_sent_code(context, challenge, session, responses);
  if (challenge.name == kMfaSetup && !challenge.set_up) throw bad_parameter("User has not set up software token mfa");
  context.challenges.remove(session);
  finish(context, *user, steps);
}

void add_mfa_members(wire::JsonObject& json, const UserMfa& mfa) {
  std::vector<std::string> enabled;
  if (mfa.sms_enabled) enabled.emplace_back(kSmsMfa);
  if (mfa.totp_enabled) enabled.emplace_back(kSoftwareTokenMfa);
  if (!mfa.preferred.empty()) json.add("PreferredMfaSetting", mfa.preferred);
  if (!enabled.empty()) json.add_json("UserMFASettingList", wire::json_strings(enabled));
}

std::string give_totp_secret(CognitoContext& context, const std::string& session) {
  SignInChallenge& challenge = require_setup(context, session);
  challenge.totp_secret = make_totp_secret();
  challenge.set_up = false;
  return challenge.totp_secret;
}

void prove_totp_secret(CognitoContext& context, const std::string& session, const std::string& code) {
  SignInChallenge& challenge = require_setup(context, session);
  const auto user = context.users.find(challenge.username);
  if (!user || user->password.srp_salt != challenge.password_salt || challenge.totp_secret.empty())
    throw invalid_session();
  const TotpVerdict verdict = check_totp(from_base32(challenge.totp_secret).value_or(""), code, context.clock.now());
  if (!verdict.right) refuse_code(context, session, {"EnableSoftwareTokenMFAException", "Code mismatch"});
  UserMfa mfa = context.mfa.find(challenge.username);
  mfa.totp_secret = challenge.totp_secret;
  mfa.totp_last_step = verdict.step;
  mfa.totp_enabled = true;
  mfa.totp_pending.clear();
  context.mfa.save(challenge.username, mfa);
  challenge.set_up = true;
}

}  // namespace wsdeep::local

#include "users/challenge_prompts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "terminal/secret_input.h"
#include "users/password_policy.h"

namespace wsdeep::users {
namespace {

struct MfaName {
  const char* option;
  const char* cognito;
};
constexpr MfaName kMfaNames[] = {{"app", "SOFTWARE_TOKEN_MFA"}, {"sms", "SMS_MFA"}, {"email", "EMAIL_OTP"}};

std::string option_name(const std::string& cognito) {
  for (const MfaName& name : kMfaNames)
    if (cognito == name.cognito) return name.option;
  return cognito;
}

/// The pool's name of the factor that `answer` means, if it is one of `choices`.
std::optional<std::string> find_choice(const std::vector<std::string>& choices, std::string_view answer) {
  for (const std::string& choice : choices)
    if (iequals(option_name(choice), answer) || iequals(choice, answer)) return choice;
  return std::nullopt;
}

/// A mistyped code would cost the user one of few attempts.
std::string require_code(const std::string& code) {
  const bool digits =
      std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }) && code.size() >= 6;
  if (!digits || code.size() > 8) throw Error(ErrorKind::kUsage, "a code has six to eight digits");
  return code;
}

}  // namespace

ChallengePrompts::ChallengePrompts(const Context& context, ChallengeOptions options)
    : context_(context), options_(std::move(options)) {}

std::string ChallengePrompts::new_password() {
  asked_for_new_password_ = true;
  // Cognito ends the sign-in when it refuses the password: what can be told before is told before.
  const aws::PasswordPolicy policy = options_.policy ? options_.policy() : aws::PasswordPolicy();
  const auto check = [&](const std::string& password) { require_policy(policy, password); };
  if (const auto given = options_.new_password_stdin ? std::optional(read_secret_line("the new password"))
                                                     : context_.env.get("WSDEEP_NEW_PASSWORD")) {
    check(*given);
    return *given;
  }
  context_.console.err("The password was given out by an administrator: choose your own.\n");
  return ask_password_twice(context_.console, "New password: ", "--new-password-stdin or WSDEEP_NEW_PASSWORD", check);
}

std::string ChallengePrompts::required_attribute(const std::string& name) {
  const auto given = options_.attributes.find(name);
  if (given != options_.attributes.end()) return given->second;
  return context_.console.ask(fmt::format("The pool requires {}: ", name), fmt::format("--attribute {}=VALUE", name));
}

std::string ChallengePrompts::mfa_code(const std::string& factor, const std::string& destination) {
  const std::string source =
      destination.empty() ? "of the authenticator app" : fmt::format("sent to {}", strip_control(destination));
  if (!options_.mfa.empty() && options_.mfa != option_name(factor))
    throw Error(ErrorKind::kUsage,
                fmt::format("the pool asks for the code {}: this user cannot choose '{}'", source, options_.mfa),
                "leave --mfa out, or pass the factor that is asked for");
  if (options_.mfa_code == "-") {
    if (!destination.empty()) context_.console.err(fmt::format("a code was {}: it is read from stdin\n", source));
    return require_code(std::string(trim(read_secret_line("the code"))));
  }
  if (!options_.mfa_code.empty()) return require_code(options_.mfa_code);
  // Each sign-in sends a code of its own: one that came before cannot be passed.
  const std::string instead =
      destination.empty()
          ? "--mfa-code with the code " + source
          : fmt::format("--mfa-code -, which reads from stdin the code that this sign-in has {}", source);
  return require_code(std::string(trim(context_.console.ask(fmt::format("Code {}: ", source), instead))));
}

std::string ChallengePrompts::choose_mfa(const std::vector<std::string>& choices) {
  std::vector<std::string> names;
  for (const std::string& choice : choices) names.push_back(option_name(choice));
  const std::string listed = join(names, ", ");
  const std::string answer =
      !options_.mfa.empty()
          ? options_.mfa
          : std::string(trim(context_.console.ask(fmt::format("Second factor ({}): ", listed), "--mfa")));
  if (const auto choice = find_choice(choices, answer)) return *choice;
  throw Error(ErrorKind::kUsage, fmt::format("this user has no second factor '{}', only: {}", answer, listed));
}

}  // namespace wsdeep::users

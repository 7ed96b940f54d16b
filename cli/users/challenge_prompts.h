#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "auth/sign_in_flow.h"
#include "terminal/context.h"

namespace wsdeep::users {

/// What was said on the command line about the challenges that may come.
struct ChallengeOptions {
  bool new_password_stdin = false;
  std::string mfa_code;  ///< `-`: the next line of stdin, read when the code is asked for
  std::string mfa;       ///< `app`, `sms` or `email`
  std::map<std::string, std::string> attributes;
  std::function<aws::PasswordPolicy()> policy{};  ///< of new passwords; without it, what every pool asks for
};

/// Answers challenges from the options, and asks on the terminal for the rest; without one it says what to pass.
class ChallengePrompts final : public auth::ChallengeAnswers {
 public:
  ChallengePrompts(const Context& context, ChallengeOptions options);

  std::string new_password() override;
  std::string required_attribute(const std::string& name) override;
  std::string mfa_code(const std::string& factor, const std::string& destination) override;
  std::string choose_mfa(const std::vector<std::string>& choices) override;

  bool asked_for_new_password() const { return asked_for_new_password_; }

 private:
  const Context& context_;
  ChallengeOptions options_;
  bool asked_for_new_password_ = false;
};

}  // namespace wsdeep::users

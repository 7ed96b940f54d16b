#pragma once

#include <map>
#include <optional>
#include <string>

#include "auth/sign_in_flow.h"
#include "commands/context.h"

namespace wsdeep::commands {

/// What was said on the command line about the challenges that may come.
struct ChallengeOptions {
  bool new_password_stdin = false;
  std::string mfa_code;
  std::string mfa;  ///< `app`, `sms` or `email`
  std::map<std::string, std::string> attributes;
};

/// Answers challenges from the options, and asks on the terminal for the rest; without one it says what to pass.
class ChallengePrompts final : public auth::ChallengeAnswers {
 public:
  ChallengePrompts(const Context& context, ChallengeOptions options);

  std::string new_password() override;
  std::string required_attribute(const std::string& name) override;
  std::string mfa_code(const std::string& factor, const std::string& destination) override;
  std::string choose_mfa(const std::vector<std::string>& choices) override;

 private:
  const Context& context_;
  ChallengeOptions options_;
};

}  // namespace wsdeep::commands

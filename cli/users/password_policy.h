#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/cognito.h"

namespace wsdeep::users {

/// `at least 8 characters, an upper-case letter, a digit`: what the policy asks for.
std::string describe_policy(const aws::PasswordPolicy& policy);

/// Which of it `password` lacks, in the same words; empty when it keeps the policy. Blanks and more than 256 bytes are
/// refused by every pool.
std::vector<std::string> missing_from(const aws::PasswordPolicy& policy, std::string_view password);

/// Throws Error{kUsage} that states the policy and what is missing, never the password.
void require_policy(const aws::PasswordPolicy& policy, std::string_view password);

/// 20 random characters (more where the policy asks for more) of every class that a policy may ask for.
std::string generate_password(const aws::PasswordPolicy& policy);

}  // namespace wsdeep::users

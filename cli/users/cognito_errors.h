#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::users {

/// What a pool's refusal means for a person: `OPERATION: cause`, the exit code that fits, and the next step.
/// `operation` such as `cannot sign in 'ann'`; `username` fills the commands in the hints.
Error explain(const aws::ServiceError& refusal, const std::string& operation, const std::string& username);

/// Runs `call`; a pool's refusal comes out explained.
template <typename Call>
auto explained(const std::string& operation, const std::string& username, Call call) {
  try {
    return call();
  } catch (const aws::ServiceError& refusal) {
    throw explain(refusal, operation, username);
  }
}

}  // namespace wsdeep::users

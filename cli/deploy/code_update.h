#pragma once

#include <string>
#include <vector>

#include "deploy/plan.h"
#include "deploy/stack_session.h"

namespace wsdeep::deploy {

struct CodeOptions {
  PlanOptions plan;                    ///< bucket, binaries and packages of it
  std::vector<std::string> functions;  ///< packages such as message; empty: all that the stack has
};

/// The packages of the functions that these options mean. Throws Error{kUsage} for a name that is no function of the
/// stack.
std::vector<std::string> packages_of(const CodeOptions& options, StackSession& session);

/// Gives functions of the stack the code that was built, and nothing else: no template, no change set. What has it
/// already is left alone; where a function has the alias of a canary, a version is published and the alias moved to it
/// at once. Tells each function, and what the stack does not know of it. Throws Error{kUsage} for a name that is no
/// function, Error{kFailure} with Lambda's reason for one that does not take the code.
void update_code(const CodeOptions& options, StackSession& session);

}  // namespace wsdeep::deploy

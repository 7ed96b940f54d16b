#pragma once

#include <string>

#include "aws/cloudformation.h"
#include "deploy/target.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::deploy {

/// A command's work on one stack: which one, the clients that reach it, the signals that interrupt it, and where it is
/// told about. One thread at a time; at most one at a time, as its Interrupts.
class StackSession {
 public:
  StackSession(StackTarget stack_target, Context& command_context);

  /// Refuses another account than the settings'; asks only where they name one, and once.
  void require_account();
  /// The stack as it is now. Throws missing_stack, and as require_account does.
  aws::Stack require_stack(const std::string& hint = kDeployIt);
  /// How another service of the stack's region is reached; a signal ends its calls.
  aws::ClientOptions client_options(const char* service_id, const char* endpoint_prefix) const;

  const StackTarget target;
  Context& context;
  const Interrupts interrupts;
  StackAccess access;

 private:
  bool is_account_checked_ = false;
};

}  // namespace wsdeep::deploy

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/cloudformation.h"
#include "deploy/target.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::deploy {

/// A command's work on one stack: which one, the clients that reach it, the signals that interrupt it, and where it is
/// told about. One thread at a time; at most one at a time, as its Interrupts.
class StackSession {
  /// What the sessions of both parts have together.
  struct Shared {
    Shared(const StackTarget& target, Context& context) : access(target, context, interrupts.token()) {}
    const Interrupts interrupts;
    StackAccess access;
    bool is_account_checked = false;
  };
  std::shared_ptr<Shared> shared_;

 public:
  StackSession(StackTarget stack_target, Context& command_context);
  /// The work on the stack of that part of the same deployment, with the same clients and signals.
  StackSession of(stack::Part part) const;

  /// Refuses another account than the settings'; asks only where they name one, and once.
  void require_account();
  /// The stack as it is now; nothing: there is none. Throws as require_account does.
  std::optional<aws::Stack> find_stack();
  /// The same, and missing_stack.
  aws::Stack require_stack();
  aws::Stack require_stack(const std::string& hint);
  /// How another service of the stack's region is reached; a signal ends its calls.
  aws::ClientOptions client_options(const char* service_id, const char* endpoint_prefix) const;

  const StackTarget target;
  Context& context;
  const Interrupts& interrupts;
  StackAccess& access;

 private:
  StackSession(StackTarget stack_target, const StackSession& same);
};

}  // namespace wsdeep::deploy

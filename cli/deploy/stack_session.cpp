#include "deploy/stack_session.h"

namespace wsdeep::deploy {

StackSession::StackSession(StackTarget stack_target, Context& command_context)
    : target(std::move(stack_target)), context(command_context), access(target, context, interrupts.token()) {}

void StackSession::require_account() {
  const bool is_said = target.settings && !target.settings->account.empty();
  if (is_said && !is_account_checked_) check_account(target, access.sts.get_caller_identity());
  is_account_checked_ = true;
}

aws::Stack StackSession::require_stack(const std::string& hint) {
  require_account();
  return deploy::require_stack(access, target, hint);
}

aws::ClientOptions StackSession::client_options(const char* service_id, const char* endpoint_prefix) const {
  return deploy::client_options(target, context, service_id, endpoint_prefix, interrupts.token());
}

}  // namespace wsdeep::deploy

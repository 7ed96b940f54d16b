#include "deploy/stack_session.h"

namespace wsdeep::deploy {

StackSession::StackSession(StackTarget stack_target, Context& command_context)
    : shared_(std::make_shared<Shared>(stack_target, command_context)),
      target(std::move(stack_target)),
      context(command_context),
      interrupts(shared_->interrupts),
      access(shared_->access) {}

StackSession::StackSession(StackTarget stack_target, const StackSession& same)
    : shared_(same.shared_),
      target(std::move(stack_target)),
      context(same.context),
      interrupts(shared_->interrupts),
      access(shared_->access) {}

StackSession StackSession::of(stack::Part part) const {
  return {target.of(part), *this};
}

void StackSession::require_account() {
  const bool is_said = target.settings && !target.settings->account.empty();
  if (is_said && !shared_->is_account_checked) check_account(target, access.sts.get_caller_identity());
  shared_->is_account_checked = true;
}

std::optional<aws::Stack> StackSession::find_stack() {
  require_account();
  return access.cloudformation.describe_stack(target.name);
}

aws::Stack StackSession::require_stack() {
  return require_stack(deploy_it(target));
}

aws::Stack StackSession::require_stack(const std::string& hint) {
  require_account();
  return deploy::require_stack(access, target, hint);
}

aws::ClientOptions StackSession::client_options(const char* service_id, const char* endpoint_prefix) const {
  return deploy::client_options(target, context, service_id, endpoint_prefix, interrupts.token());
}

}  // namespace wsdeep::deploy

#include "deploy/stack_session.h"

namespace wsdeep::deploy {

StackSession::StackSession(StackTarget stack_target, Context& command_context)
    : target(std::move(stack_target)), context(command_context), access(target, context, interrupts.token()) {}

aws::Stack StackSession::require_stack(const std::string& hint) {
  return deploy::require_stack(access, target, hint);
}

aws::ClientOptions StackSession::client_options(const char* service_id, const char* endpoint_prefix) const {
  return deploy::client_options(target, context, service_id, endpoint_prefix, interrupts.token());
}

}  // namespace wsdeep::deploy

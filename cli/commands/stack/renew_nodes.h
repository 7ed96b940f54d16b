#pragma once

#include "deploy/stack_session.h"

namespace wsdeep::commands {

/// Has an instance refresh replace the nodes that the update of their stack has left as they were, and says so; nothing
/// for the service's stack. The stack is deployed, whatever comes of this.
void renew_nodes(deploy::StackSession& session);

}  // namespace wsdeep::commands

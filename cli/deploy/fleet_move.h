#pragma once

#include "aws/cloudformation.h"
#include "base/error.h"
#include "deploy/plan.h"
#include "deploy/stack_session.h"

/// A wsdeep of before had the nodes in the stack of the service. A deployment of today's service would delete them
/// while they serve, before there are others.
namespace wsdeep::deploy {

/// By its outputs.
bool holds_nodes(const aws::Stack& stack);

/// Throws Error{kRefused} for a plan that takes the nodes out of the service's stack, unless they are to `move`: then
/// it says what that means.
void check_nodes_stay(const Plan& plan, StackSession& session, bool move);
/// The stack of the nodes. Throws missing_stack; where an earlier wsdeep has them in the service's, it says so.
aws::Stack require_fleet(StackSession& session);

}  // namespace wsdeep::deploy

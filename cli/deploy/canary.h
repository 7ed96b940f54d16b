#pragma once

#include "deploy/follow.h"
#include "deploy/stack_session.h"

/// Functions whose new code gets a part of the calls first (`functions.canary`): CodeDeploy shifts their aliases.
namespace wsdeep::deploy {

/// Points the aliases of the stack's functions at the versions that the stack knows, where `deploy --code` has moved
/// them: CodeDeploy refuses to begin a shift from any other. Tells what it moves.
void restore_aliases(StackSession& session);

/// Why CodeDeploy gave up a shift, when that is what an operation failed of, to stderr: which alarm rang. What cannot
/// be found out is left unsaid.
void explain_canary(StackSession& session, const FollowResult& result);

}  // namespace wsdeep::deploy

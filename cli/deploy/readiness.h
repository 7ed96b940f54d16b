#pragma once

#include <optional>

#include "deploy/deployment.h"

namespace wsdeep::deploy {

/// Brings the stack into a state that takes a change set, asking before anything is deleted; follows what is in
/// progress. kDeployed: that was this very deployment, begun by an earlier run. Throws when the answer is no.
std::optional<StepResult> make_ready(Deployment& deployment);

/// Throws kRefused for a stack that a deployment would have to delete first and may not: one that still holds
/// resources, which are listed, and under --yes one of production.
void refuse_deletion(StackSession& session, const aws::Stack& stack, bool yes);

}  // namespace wsdeep::deploy

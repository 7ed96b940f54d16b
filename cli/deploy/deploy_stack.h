#pragma once

#include "deploy/deployment.h"

namespace wsdeep::deploy {

/// All steps of a deployment, and again from the first when somebody else has changed the stack in the middle of them.
/// kDeployed, kNoChanges or kLeft; throws when the answer is no, and as the steps do.
StepResult deploy_stack(Deployment& deployment);

}  // namespace wsdeep::deploy

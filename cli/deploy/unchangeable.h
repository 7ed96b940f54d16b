#pragma once

#include "aws/cloudformation.h"
#include "deploy/plan.h"

namespace wsdeep::deploy {

/// Throws Error{kUsage} for a change of parameters that CloudFormation takes, tries and has to roll back, because it
/// makes the new resource before it removes the old one, and there cannot be both.
void check_changeable(const Plan& plan, const aws::Stack& deployed);

}  // namespace wsdeep::deploy

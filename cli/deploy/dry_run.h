#pragma once

#include "deploy/deployment.h"

namespace wsdeep::deploy {

/// Prints what a deployment would do, as far as that can be known without writing anything. Throws as refuse_deletion
/// does.
void dry_run(const Plan& plan, const StepOptions& options, StackSession& session);

}  // namespace wsdeep::deploy

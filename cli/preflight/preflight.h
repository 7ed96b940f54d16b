#pragma once

#include <vector>

#include "deploy/stack_session.h"
#include "preflight/finding.h"
#include "preflight/gather.h"
#include "stack/settings/part.h"

/// What can be known before a deployment of whether it will succeed and serve: of the account, what the settings name,
/// and what AWS allows. Only reads.
namespace wsdeep::preflight {

/// All findings about an environment. Throws as `gather` does.
Findings inspect(const Asking& asking, const GatherOptions& options = {});

/// Throws Error{kFailure} that tells all errors, where there is one about the parts that are to be deployed, and says
/// on stderr how many warnings there are. Throws as StackSession::require_account does. A session without settings has
/// nothing to look at.
void require_deployable(deploy::StackSession& session, const std::vector<stack::Part>& parts);

}  // namespace wsdeep::preflight

#pragma once

#include "deploy/deployment.h"

namespace wsdeep::deploy {

/// Takes back into a stack that make_ready has found to be absent what earlier ones of its name have kept: says what
/// there is, asks, and imports it, so that the deployment updates a stack that has it. Nothing happens to a stack that
/// is there. Throws kNotFound when nothing was kept, and when the answer is no.
void import_kept(Deployment& deployment);
/// Where a stack is created, and an earlier one of its name has kept what the new one will have empty: says so, as far
/// as it can be known.
void hint_at_kept(const Deployment& deployment);
/// What import_kept would do, said.
void say_what_is_kept(StackSession& session, const Plan& plan);

}  // namespace wsdeep::deploy

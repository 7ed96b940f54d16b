#pragma once

#include <string>
#include <vector>

#include "commands/context.h"
#include "commands/deploy_plan.h"
#include "commands/interrupts.h"
#include "commands/stack_target.h"

namespace wsdeep::commands {

/// Those of the plan's artefacts that the bucket does not hold; all when there is no bucket.
std::vector<Artifact> missing_artifacts(aws::S3& s3, const Plan& plan, const std::string& account);

/// Makes the bucket private, encrypted and versioned when it is missing, then uploads what it does not hold, several
/// files at once, and shows how far it is. Throws Error{kInterrupted} when interrupted; whole files stay.
void upload(const Plan& plan, const StackTarget& target, const std::string& account, StackAccess& access,
            const Interrupts& interrupts, Context& context);

/// Puts a template that is too large for the request into the bucket; its address.
std::string upload_template(const Plan& plan, const std::string& account, StackAccess& access, Context& context);

}  // namespace wsdeep::commands

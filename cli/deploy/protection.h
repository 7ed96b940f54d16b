#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"

/// `protection` of the settings: against the deletion of a stack, and against updates that lose data, by mistake.
namespace wsdeep::deploy {

/// What the settings say of termination protection: in production it is on unless they say otherwise.
bool wants_termination_protection(const StackTarget& target);
/// The stack policy of the settings as JSON; nothing where they name none. Throws kNotFound for a file that is not
/// there, kUsage for one that is no policy.
std::optional<std::string> wanted_policy(const StackTarget& target, const Files& files);

/// Gives a stack that is there this policy, unless it has it.
void set_policy(const Deployment& deployment);
/// Throws kRefused for changes that the deployment's own policy denies: CloudFormation would find that out in the
/// middle of the update.
void refuse_denied(const std::vector<aws::ResourceChange>& changes, const Deployment& deployment);

}  // namespace wsdeep::deploy

#pragma once

#include "commands/command.h"
#include "commands/stack/part_options.h"
#include "commands/stack_options.h"
#include "deploy/plan.h"

namespace wsdeep::commands {

/// What `deploy` and `diff` are told: which stack, and what is to be deployed.
struct PlanFlags {
  StackOptions stack;
  PartOptions part;
  deploy::PlanOptions plan;

  /// The stacks of the deployment of `target`, in the order in which they are made: both where its settings render
  /// them.
  std::vector<stack::Part> parts(const deploy::StackTarget& target) const;
};

void add_plan_options(const Command& command, PlanFlags& flags);
/// The same for a command that takes several environments, which are put into `environments`.
void add_plan_options(const Command& command, PlanFlags& flags, std::vector<std::string>& environments);

}  // namespace wsdeep::commands

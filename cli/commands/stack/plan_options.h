#pragma once

#include "commands/command.h"
#include "commands/stack_options.h"
#include "deploy/plan.h"

namespace wsdeep::commands {

/// What `deploy` and `diff` are told: which stack, and what is to be deployed.
struct PlanFlags {
  StackOptions stack;
  deploy::PlanOptions plan;
};

void add_plan_options(const Command& command, PlanFlags& flags);

}  // namespace wsdeep::commands

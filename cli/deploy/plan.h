#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "aws/sts.h"
#include "deploy/packages.h"
#include "deploy/stack_session.h"
#include "deploy/stack_state.h"
#include "stack/settings/parameters.h"

namespace wsdeep::deploy {

struct Plan {
  aws::CallerIdentity who;  ///< whose account it is for
  DeploymentInputs inputs;  ///< as CloudFormation gets them
  std::string source;       ///< the template as it was written or rendered: its lines are shown
  std::string source_name;
  std::string bucket;
  bool own_bucket = true;  ///< not one that --bucket names: its settings are ours to make
  std::vector<Artifact> artifacts;
  std::string node_note;          ///< what there is to say of a node's package that the settings pin
  std::vector<std::string> keep;  ///< without a value and a default, or told to stay: the stack's own value stays
  std::vector<std::string> keep_if_known;   ///< the same, for a stack that has one; else the template's default
  std::set<std::string> hidden;             ///< parameters whose values are secrets (NoEcho)
  std::vector<std::string> missing_inputs;  ///< outputs that the nodes' stack needs and the service's does not have
};

/// Renders or reads the template, checks it, builds the packages that it asks for, and points it at them. Nothing is
/// uploaded. Throws Error{kUsage} with the diagnostics.
Plan make_plan(const PlanOptions& options, StackSession& session);

/// Throws what make_plan would throw about settings, template and parameters, before anything else is done.
void check_plan(const PlanOptions& options, const StackSession& session);
/// Throws Error{kNotFound} where the service's stack does not give the nodes' what it needs.
void require_inputs(const Plan& plan, StackSession& session);

}  // namespace wsdeep::deploy

#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "aws/sts.h"
#include "deploy/stack_session.h"
#include "deploy/stack_state.h"
#include "stack/settings/parameters.h"

namespace wsdeep::deploy {

/// What `deploy` and `diff` are told about what is to be deployed.
struct PlanOptions {
  std::string template_file;            ///< instead of the one that the settings render
  std::vector<std::string> parameters;  ///< KEY=VALUE, or file://PATH
  std::vector<std::string> tags;
  std::string bucket;
  std::string binaries;
  std::string packages = "build/package";
  std::string role_arn;
  bool both = false;  ///< parts are planned with these: each takes the parameters that its template declares
};

/// A file that has to be in the bucket before the change set is made; its key holds its hash.
struct Artifact {
  std::string name;
  std::filesystem::path file;
  std::string key;
  std::uint64_t bytes = 0;
  bool unchanged = false;  ///< built by an earlier run
};

struct Plan {
  aws::CallerIdentity who;  ///< whose account it is for
  DeploymentInputs inputs;  ///< as CloudFormation gets them
  std::string source;       ///< the template as it was written or rendered: its lines are shown
  std::string source_name;
  std::string bucket;
  bool own_bucket = true;  ///< not one that --bucket names: its settings are ours to make
  std::vector<Artifact> artifacts;
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

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "deploy/follow.h"
#include "deploy/plan.h"
#include "deploy/stack_session.h"

/// The way of a stack from whatever state it is in to the one that a plan wants (deploy_stack): make_ready, upload,
/// place_template, change_stack, and from the start where somebody else was faster. Each step can be interrupted, and a
/// later run goes on where this one stopped: the change set's name tells that it is the same deployment.
namespace wsdeep::deploy {

struct StepOptions {
  bool yes = false;
  bool no_execute = false;
  bool disable_rollback = false;
  bool rollback_first = false;
  bool detach = false;
  bool termination_protection = false;
  bool aside = false;             ///< a dry run is no answer of its own: all of it goes to stderr
  bool import_kept = false;       ///< what earlier stacks of the name have kept is taken back first
  std::vector<std::string> skip;  ///< resources that a stuck rollback leaves as they are, by path or id
  std::chrono::milliseconds poll{2000};
};

enum class StepResult {
  kDeployed,
  kNoChanges,
  kLeft,
  kOvertaken  ///< somebody else has changed the stack since the change set was made, which nobody executes any more
};

/// How somebody goes on with a deployment that ended early.
inline constexpr const char* kGoOn = "run wsdeep deploy again to go on from there";

/// One deployment: what its steps work with, and what they have found out on their way.
struct Deployment {
  Deployment(StackSession& stack_session, const Plan& its_plan, const StepOptions& step_options);

  const StackTarget& target() const { return session.target; }
  const Console& console() const { return session.context.console; }
  aws::CloudFormation& cloudformation() const { return session.access.cloudformation; }
  /// Whether a change set creates the stack.
  bool is_new() const;

  /// Turns termination protection on, where it was asked for and is off.
  void protect();
  /// `at_cleanup`: FollowOptions has it.
  FollowResult follow_to_end(const std::string& after_event, std::function<std::string()> at_cleanup = {}) const;
  /// Throws Error{kFailure} for an operation that failed, `what`, after explaining why.
  void require_success(const FollowResult& result, const std::string& what) const;

  StackSession& session;
  const Plan& plan;
  StepOptions options;              ///< a step may change what later ones are to do
  std::string change_set;           ///< its name
  std::optional<aws::Stack> stack;  ///< as it was looked at last; nothing: there is none
  std::string in_use_before;        ///< what names the packages of the stack as it was before the execution
};

}  // namespace wsdeep::deploy

#include "deploy/change_stack.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/canary.h"
#include "deploy/make_change_set.h"
#include "deploy/operation_owner.h"
#include "deploy/protection.h"
#include "deploy/registered_names.h"
#include "deploy/root_cause.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"
#include "deploy/tidy_bucket.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

bool contains_loss(const std::vector<aws::ResourceChange>& changes) {
  for (const aws::ResourceChange& change : changes)
    if (fate_of(change) == Fate::kReplace || fate_of(change) == Fate::kRemove) return true;
  return false;
}

void show(const aws::ChangeSet& change_set, const Deployment& deployment) {
  const ChangeStyle style = err_style(deployment.console());
  deployment.console().err("\n");
  say(deployment.console(), fmt::format("change set {} for {}: {}", deployment.change_set, deployment.target().name,
                                        summary_of(change_set.changes)));
  deployment.console().err("\n");
  if (deployment.stack) {
    auto parameters =
        diff_parameters(deployment.stack->parameters, deployment.plan.inputs.parameters, deployment.plan.hidden);
    for (auto& change : diff_resolved(deployment.stack->resolved, change_set.resolved))
      parameters.push_back(std::move(change));
    if (!deployment.is_new() && !parameters.empty())
      deployment.console().err("  parameters\n" + render_properties(parameters, style));
  }
  deployment.console().err(render_changes(change_set.changes, style) + "\n");
  const std::string security = render_security(security_changes(change_set.changes), deployment.is_new(), style);
  if (!security.empty()) deployment.console().err(security + "\n");
}

/// CloudFormation has long refused these in the middle of the update; whether it still does, only it knows.
void warn_of_replacements(const aws::ChangeSet& change_set, const Deployment& deployment) {
  if (!deployment.options.disable_rollback || deployment.is_new()) return;
  const bool replaces = std::any_of(change_set.changes.begin(), change_set.changes.end(),
                                    [](const auto& one) { return fate_of(one) == Fate::kReplace; });
  if (replaces)
    say(deployment.console(),
        "warning: CloudFormation may refuse to replace a resource while the rollback is disabled; when it does, run "
        "wsdeep deploy --rollback-first");
}

/// What a quick reader must not miss stands in the question itself.
std::string question_about(const aws::ChangeSet& change_set, const Deployment& deployment) {
  std::vector<std::string> grave;
  if (contains_loss(change_set.changes)) grave.emplace_back("the losses");
  if (std::any_of(change_set.changes.begin(), change_set.changes.end(),
                  [](const auto& one) { return one.replaces_instances; }))
    grave.emplace_back("the replaced instances");
  const auto security = security_changes(change_set.changes);
  if (std::any_of(security.begin(), security.end(),
                  [&](const auto& one) { return !one.warning.empty() || (one.widens && !deployment.is_new()); }))
    grave.emplace_back("the wider access");
  return grave.empty() ? fmt::format("Deploy these changes to {}?", deployment.target().name)
                       : fmt::format("Deploy to {}, with {} above?", deployment.target().name, join(grave, " and "));
}

/// A deployment that runs is followed all the same; at its end the protection is tried again.
void protect_new(Deployment& deployment) {
  try {
    deployment.protect();
  } catch (const Error& error) {
    if (deployment.options.detach || deployment.session.interrupts.requested())
      throw Error(error.kind(),
                  fmt::format("{} is being deployed without termination protection: {}", deployment.target().name,
                              error.what()),
                  kGoOn);
    say(deployment.console(), fmt::format("warning: termination protection is not on yet: {}", error.what()));
  }
}

/// Whether anybody has changed the stack since make_ready looked at it, and with it what the change set is about.
bool was_overtaken(const Deployment& deployment) {
  const auto now = deployment.cloudformation().describe_stack(deployment.target().name);
  if (!now) return true;
  if (deployment.is_new()) return now->status != "REVIEW_IN_PROGRESS";
  return now->id != deployment.stack->id || now->updated != deployment.stack->updated || is_in_progress(now->status);
}

StepResult overtaken(const Deployment& deployment) {
  const std::string owner = deployment.stack ? owner_of_running(deployment.session, *deployment.stack) : "";
  say(deployment.console(),
      fmt::format("{} has changed {} since this deployment looked at it: change set {} is not executed",
                  owner.empty() ? "somebody else" : owner, deployment.target().name, deployment.change_set));
  return StepResult::kOvertaken;
}

/// A stack that was not there when the deployment began, and is not now: nobody has made it, nor changed it.
bool is_absent_still(const Deployment& deployment) {
  return deployment.is_new() && !deployment.cloudformation().describe_stack(deployment.target().name);
}

/// Nothing when somebody else was faster: CloudFormation makes no change set of a stack that it works at, and drops
/// those that there are.
std::optional<aws::ChangeSet> make_unless_overtaken(const Deployment& deployment, const std::string& template_url) {
  try {
    return make_change_set(deployment, template_url);
  } catch (const aws::ServiceError& error) {
    const bool may_be = error.kind() != ErrorKind::kRefused && !deployment.session.interrupts.requested();
    if (!may_be || is_absent_still(deployment) || !was_overtaken(deployment)) throw;
  } catch (const ChangeSetGone&) {
    if (!was_overtaken(deployment)) throw;
  }
  return std::nullopt;
}

/// False when somebody else was faster after all.
bool begin(const Deployment& deployment) {
  try {
    deployment.cloudformation().execute_change_set(deployment.target().name, deployment.change_set,
                                                   deployment.options.disable_rollback);
    return true;
  } catch (const aws::ServiceError&) {
    if (deployment.session.interrupts.requested() || !was_overtaken(deployment)) throw;
    return false;
  }
}

/// Only the run that executes a change set knows of them, and it does not wait here until they may go.
void tell_of_names(const std::vector<std::string>& going, const Deployment& deployment) {
  for (const std::string& service : going)
    say(deployment.console(),
        fmt::format("{0} goes from Cloud Map with it, and stays behind when an instance is registered there: look with "
                    "aws servicediscovery list-instances --service-id {0}, and take that out with deregister-instance",
                    service));
}

StepResult execute(const aws::ChangeSet& change_set, Deployment& deployment) {
  const bool creates = deployment.is_new();
  if (was_overtaken(deployment)) return overtaken(deployment);
  // A stack that is new has the id that its change set says.
  if (!deployment.stack) deployment.stack = aws::Stack{};
  if (deployment.stack->id.empty()) deployment.stack->id = change_set.stack_id;
  if (!creates) {
    deployment.protect();
    set_policy(deployment);
    deployment.in_use_before = names_in_use(deployment);
    if (deployment.plan.inputs.template_text.find("DeploymentPreference") != std::string::npos)
      restore_aliases(deployment.session);
  }
  const std::string before = deployment.cloudformation().newest_event(deployment.stack->id);
  if (!begin(deployment)) return overtaken(deployment);
  if (creates) protect_new(deployment);
  const std::vector<std::string> going = services_that_go(change_set.changes);
  if (deployment.options.detach) {
    say(deployment.console(),
        fmt::format("{} is being deployed; follow it with: wsdeep deploy", deployment.target().name));
    tell_of_names(going, deployment);
    return StepResult::kLeft;
  }
  // Not before: of an update that is rolled back, the names stay.
  const FollowResult result = deployment.follow_to_end(
      before, [&] { return take_names_out(deployment.session, going, deployment.options.poll).warning; });
  deployment.require_success(result, "the deployment");
  return StepResult::kDeployed;
}

/// Why nothing is changed although there is a change set: kNoChanges, or an error; the change set is of no use then.
StepResult without_changes(const aws::ChangeSet& made, const Deployment& deployment) {
  remove_failed(made, deployment);
  if (!has_no_changes(made))
    throw Error(ErrorKind::kFailure,
                fmt::format("CloudFormation refuses the change set: {}", strip_control(made.status_reason)),
                advice_for(made.status_reason, ""));
  if (deployment.stack && situation_of(deployment.stack->status) == Situation::kFailedKept)
    throw Error(ErrorKind::kFailure,
                fmt::format("'{}' stays in {}: CloudFormation finds nothing to change", deployment.target().name,
                            deployment.stack->status),
                "correct what failed, or undo it with wsdeep deploy --rollback-first");
  return StepResult::kNoChanges;
}

void say_what_is_left(const Deployment& deployment) {
  say(deployment.console(),
      fmt::format("change set {} is ready; run wsdeep deploy to execute it", deployment.change_set));
  if (deployment.options.termination_protection && !(deployment.stack && deployment.stack->termination_protection))
    say(deployment.console(),
        "termination protection is not on: executing sets it, when --termination-protection is given then");
}

/// Returns when the answer is yes.
void ask(const aws::ChangeSet& made, const Deployment& deployment) {
  bool agreed = false;
  try {
    agreed = confirm(deployment.console(), question_about(made, deployment), deployment.options.yes);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}; change set {} is left", error.what(), deployment.change_set), kGoOn);
  }
  if (!agreed)
    throw Error(ErrorKind::kInterrupted,
                fmt::format("nothing was deployed; change set {} is left", deployment.change_set), kGoOn);
}

}  // namespace

StepResult change_stack(Deployment& deployment, const std::string& template_url) {
  auto unless_overtaken = make_unless_overtaken(deployment, template_url);
  if (!unless_overtaken) return overtaken(deployment);
  aws::ChangeSet& made = *unless_overtaken;
  if (has_no_changes(made) || !can_be_executed(made)) return without_changes(made, deployment);
  complete(made, deployment);
  show(made, deployment);
  warn_of_replacements(made, deployment);
  if (deployment.options.no_execute) {
    say_what_is_left(deployment);
    return StepResult::kLeft;
  }
  refuse_denied(made.changes, deployment);
  ask(made, deployment);
  return execute(made, deployment);
}

}  // namespace wsdeep::deploy

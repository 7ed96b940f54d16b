#include "deploy/deployment.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "deploy/canary.h"
#include "deploy/explain_failure.h"
#include "deploy/operation_owner.h"
#include "deploy/stuck_resources.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

/// A rollback that failed is continued by the next deployment; where it fails again, something has to be left out.
std::string way_on_from_stuck(const FollowResult& result) {
  std::string way = "correct the cause and run wsdeep deploy again, which continues the rollback";
  const std::vector<std::string> stuck = stuck_by_events(result.events, "UPDATE_FAILED");
  if (stuck.empty()) return way;
  return way + fmt::format("; what can never be rolled back is left as it is with: wsdeep deploy --skip-resource {}",
                           join(stuck, " --skip-resource "));
}

std::string way_on_from(const FollowResult& result) {
  const std::string& status = result.status;
  if (situation_of(status) == Situation::kRollbackStuck) return way_on_from_stuck(result);
  if (status == "UPDATE_ROLLBACK_COMPLETE" || status == "ROLLBACK_COMPLETE")
    return "what it changed was rolled back: correct the cause and run wsdeep deploy again";
  if (situation_of(status) == Situation::kFailedKept)
    return "what was made is kept: correct the cause and run wsdeep deploy again to go on from there, or undo it with "
           "wsdeep deploy --rollback-first";
  return "correct the cause and run wsdeep deploy again";
}

}  // namespace

Deployment::Deployment(StackSession& stack_session, const Plan& its_plan, const StepOptions& step_options)
    : session(stack_session), plan(its_plan), options(step_options), change_set(change_set_name(its_plan.inputs)) {
  session.access.cloudformation.sign_as(signature_of(plan.who));
}

bool Deployment::is_new() const {
  return !stack || stack->status == "REVIEW_IN_PROGRESS";
}

void Deployment::protect() {
  if (!options.termination_protection || stack->termination_protection) return;
  cloudformation().set_termination_protection(stack->id.empty() ? target().name : stack->id, true);
  stack->termination_protection = true;
  say(console(), "termination protection is on");
}

FollowResult Deployment::follow_to_end(const std::string& after_event, std::function<std::string()> at_cleanup) const {
  try {
    return follow(session, {stack->id, target().name, after_event, options.poll, std::move(at_cleanup)});
  } catch (const Error& error) {
    say(console(), fmt::format("{} was left as it is: CloudFormation goes on without us", target().name));
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), error.what(), kGoOn);
  }
}

void Deployment::require_success(const FollowResult& result, const std::string& what) const {
  if (is_success(result.status)) return;
  explain_failure(session, result, {plan.source, plan.source_name});
  explain_canary(session, result);
  throw Error(ErrorKind::kFailure,
              fmt::format("{} of '{}' failed: the stack is in {}", what, target().name, result.status),
              way_on_from(result));
}

}  // namespace wsdeep::deploy

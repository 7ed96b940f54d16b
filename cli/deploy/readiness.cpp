#include "deploy/readiness.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/operation_owner.h"
#include "deploy/resources.h"
#include "deploy/stuck_resources.h"
#include "deploy/unchangeable.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

constexpr int kMaxRecoveries = 6;
constexpr std::size_t kMaxListed = 20;

/// Returns when the answer is yes.
void ask_or_leave(const std::string& question, const Deployment& deployment) {
  try {
    if (confirm(deployment.console(), question, deployment.options.yes)) return;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was changed");
  }
  throw Error(ErrorKind::kInterrupted, "nothing was changed");
}

/// What is followed, and whose it is where that can be known.
std::string what_runs(const Deployment& deployment, bool ours) {
  const std::string owner = owner_of_running(deployment.session, *deployment.stack);
  const std::string& name = deployment.target().name;
  if (!ours)
    return fmt::format("{} is {}{}: following that operation before anything else is done", name,
                       deployment.stack->status, owner.empty() ? "" : ", begun by " + owner);
  const bool by_me = owner.empty() || owner == owner_of_token(deployment.cloudformation().token());
  return fmt::format("{} is {}: following this deployment, which {} began", name, deployment.stack->status,
                     by_me ? "an earlier run" : owner);
}

/// True when the operation was this deployment, and has succeeded.
bool follow_running(Deployment& deployment) {
  const bool ours = name_in_arn(deployment.stack->change_set_id) == deployment.change_set;
  say(deployment.console(), what_runs(deployment, ours));
  if (ours) deployment.protect();
  const FollowResult result = deployment.follow_to_end({});
  if (ours && !is_success(result.status)) deployment.require_success(result, "the deployment");
  return ours;
}

void delete_dead(const Deployment& deployment) {
  refuse_deletion(deployment.session, *deployment.stack, deployment.options.yes);
  say(deployment.console(), fmt::format("{} is in {}: it holds nothing that works, and can only be deleted",
                                        deployment.target().name, deployment.stack->status));
  ask_or_leave(fmt::format("Delete {} and create it anew?", deployment.target().name), deployment);
  // Set when its creation began; there is nothing left to protect.
  if (deployment.stack->termination_protection)
    deployment.cloudformation().set_termination_protection(deployment.stack->id, false);
  const std::string before = deployment.cloudformation().newest_event(deployment.stack->id);
  deployment.cloudformation().delete_stack(deployment.stack->id, deployment.plan.inputs.role_arn);
  const FollowResult result = deployment.follow_to_end(before);
  if (result.status != "DELETE_COMPLETE") deployment.require_success(result, "the deletion");
}

/// What the rollback has failed at, and what it means to leave that out. What is to be skipped, as CloudFormation takes
/// it.
std::vector<std::string> choose_skipped(const Deployment& deployment) {
  const std::vector<StuckResource> stuck = stuck_in_rollback(deployment.session, *deployment.stack);
  say_stuck(stuck, deployment.console());
  std::vector<std::string> skip = choose_stuck(stuck, deployment.options.skip, "--skip-resource", *deployment.stack);
  if (!skip.empty())
    say(deployment.console(),
        fmt::format("skipping {}: CloudFormation takes it for rolled back and leaves it as it is now, so that it may "
                    "differ from the template until a deployment, or you, set it right",
                    join(deployment.options.skip, ", ")));
  else if (!stuck.empty())
    say(deployment.console(), "one that can never be rolled back is left as it is with --skip-resource");
  return skip;
}

void continue_rollback(Deployment& deployment) {
  say(deployment.console(),
      fmt::format("{} is in UPDATE_ROLLBACK_FAILED: its rollback has to end first", deployment.target().name));
  if (!deployment.stack->status_reason.empty())
    say(deployment.console(), "  " + strip_control(deployment.stack->status_reason));
  const std::vector<std::string> skip = choose_skipped(deployment);
  ask_or_leave(skip.empty() ? "Continue the rollback?"
                            : fmt::format("Continue the rollback without {}?", join(deployment.options.skip, ", ")),
               deployment);
  const std::string before = deployment.cloudformation().newest_event(deployment.stack->id);
  deployment.cloudformation().continue_update_rollback(deployment.stack->id, deployment.plan.inputs.role_arn, skip);
  const FollowResult result = deployment.follow_to_end(before);
  if (result.status != "UPDATE_ROLLBACK_COMPLETE") deployment.require_success(result, "the rollback");
  deployment.options.skip.clear();
}

/// Whoever names what to skip thinks that a rollback is stuck.
void say_nothing_is_skipped(const Deployment& deployment) {
  if (!deployment.options.skip.empty())
    say(deployment.console(), fmt::format("--skip-resource is of no use here: no rollback of {} is stuck, it is in {}",
                                          deployment.target().name, deployment.stack->status));
}

/// Neither answer can be guessed: one goes on with what is there, the other undoes it.
bool goes_on_from_failed(const Deployment& deployment) {
  if (deployment.options.rollback_first) {
    ask_or_leave(fmt::format("Roll {} back?", deployment.target().name), deployment);
    return false;
  }
  if (deployment.options.yes) return true;
  std::string answer;
  try {
    answer = to_lower(trim(deployment.console().ask("Go on (g), roll back (r), or leave it (N)? [g/r/N] ",
                                                    "--yes to go on, with --rollback-first to roll back")));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was changed");
  }
  if (answer == "g" || answer == "go on") return true;
  if (answer == "r" || answer == "roll back") return false;
  throw Error(ErrorKind::kInterrupted, "nothing was changed");
}

void roll_back_failed(Deployment& deployment) {
  const std::string before = deployment.cloudformation().newest_event(deployment.stack->id);
  deployment.cloudformation().rollback_stack(deployment.stack->id, deployment.plan.inputs.role_arn);
  const FollowResult result = deployment.follow_to_end(before);
  const bool done = result.status == "UPDATE_ROLLBACK_COMPLETE" || result.status == "ROLLBACK_COMPLETE" ||
                    result.status == "IMPORT_ROLLBACK_COMPLETE";
  if (!done) deployment.require_success(result, "the rollback");
  deployment.options.rollback_first = false;
}

/// What --disable-rollback leaves: CloudFormation updates it with the rollback disabled again, or rolls it back. True
/// when it is to be updated as it is.
bool take_up_failed(Deployment& deployment) {
  const bool created = deployment.stack->status == "CREATE_FAILED";
  say(deployment.console(),
      fmt::format("{} is in {}: a deployment failed with its rollback disabled, and what it made was kept",
                  deployment.target().name, deployment.stack->status));
  if (!deployment.stack->status_reason.empty())
    say(deployment.console(), "  " + strip_control(deployment.stack->status_reason));
  say(deployment.console(), "  going on updates what is there, and keeps it when something fails again");
  say(deployment.console(), created
                                ? "  rolling back deletes all of it: the stack never worked"
                                : "  rolling back restores the last state that worked; a stack without one is deleted");
  if (goes_on_from_failed(deployment)) {
    deployment.options.disable_rollback = true;
    return true;
  }
  if (created && deployment.options.yes && deployment.target().is_production())
    throw Error(
        ErrorKind::kRefused,
        fmt::format("rolling '{}' back deletes it: --yes does not delete a production stack", deployment.target().name),
        "go on without --rollback-first, or deploy without --yes");
  roll_back_failed(deployment);
  return false;
}

/// A stack that was never created may hold change sets of other inputs, which nobody will execute any more.
void clear_review(const Deployment& deployment) {
  std::vector<aws::ChangeSetSummary> stale;
  for (const auto& one : deployment.cloudformation().list_change_sets(deployment.target().name))
    if (one.name != deployment.change_set || one.status == "FAILED") stale.push_back(one);
  if (stale.empty()) return;
  say(deployment.console(), fmt::format("{} was never created; it has {} change set{} from earlier:",
                                        deployment.target().name, stale.size(), stale.size() == 1 ? "" : "s"));
  for (const auto& one : stale) say(deployment.console(), fmt::format("  {}  {}", one.name, one.status));
  ask_or_leave("Remove them and go on?", deployment);
  for (const auto& one : stale) deployment.cloudformation().delete_change_set(deployment.target().name, one.id);
}

}  // namespace

std::optional<StepResult> make_ready(Deployment& deployment) {
  for (int i = 0; i < kMaxRecoveries; ++i) {
    deployment.stack = deployment.cloudformation().describe_stack(deployment.target().name);
    switch (situation_of(deployment.stack ? deployment.stack->status : "")) {
      case Situation::kAbsent:
        deployment.stack.reset();
        return std::nullopt;
      case Situation::kReady:
        check_changeable(deployment.plan, *deployment.stack);
        say_nothing_is_skipped(deployment);
        return std::nullopt;
      case Situation::kNeverCreated:
        clear_review(deployment);
        return std::nullopt;
      case Situation::kInProgress:
        if (follow_running(deployment)) return StepResult::kDeployed;
        break;
      case Situation::kDead:
      case Situation::kHalfGone:
        delete_dead(deployment);
        break;
      case Situation::kRollbackStuck:
        continue_rollback(deployment);
        break;
      case Situation::kFailedKept:
        if (take_up_failed(deployment)) return std::nullopt;
        break;
    }
  }
  throw Error(ErrorKind::kFailure, fmt::format("'{}' stays in {}", deployment.target().name, deployment.stack->status),
              "look at its events: somebody else may be working on it");
}

void refuse_deletion(StackSession& session, const aws::Stack& stack, bool yes) {
  const StackTarget& target = session.target;
  const Console& console = session.context.console;
  const bool half_gone = situation_of(stack.status) == Situation::kHalfGone;
  if (!half_gone && !(yes && target.is_production())) return;
  const std::string way =
      fmt::format("wsdeep destroy {}{}", target.settings ? "-e " + target.settings->name : "--stack " + target.name,
                  target.is_production() ? " --production" : "");
  if (!half_gone)
    throw Error(ErrorKind::kRefused,
                fmt::format("'{}' is in {} and can only be deleted: --yes does not delete a production stack",
                            target.name, stack.status),
                fmt::format("run {}, or deploy without --yes", way));
  const auto left = all_resources(session.access.cloudformation, stack.id.empty() ? target.name : stack.id);
  say(console, fmt::format("{} is in {}, and still holds {} resource{}:", target.name, stack.status, left.size(),
                           left.size() == 1 ? "" : "s"));
  for (std::size_t i = 0; i < left.size() && i < kMaxListed; ++i)
    say(console, fmt::format("  {}  {}  {}", left[i].logical_id, left[i].type, left[i].physical_id));
  if (left.size() > kMaxListed) say(console, fmt::format("  and {} more", left.size() - kMaxListed));
  throw Error(
      ErrorKind::kRefused,
      fmt::format("'{}' can only be deleted, which a deployment does not do to what is still there", target.name),
      fmt::format("look at what holds it back with wsdeep status --events, then run {}", way));
}

}  // namespace wsdeep::deploy

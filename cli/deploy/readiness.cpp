#include "deploy/readiness.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/change_set.h"
#include "deploy/resources.h"
#include "deploy/root_cause.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

constexpr int kMaxRecoveries = 6;
constexpr std::size_t kMaxListed = 20;

bool can_be_executed(const aws::ChangeSet& change_set) {
  return change_set.status == "CREATE_COMPLETE" && change_set.execution_status == "AVAILABLE";
}

bool is_being_made(const aws::ChangeSet& change_set) {
  return change_set.status == "CREATE_PENDING" || change_set.status == "CREATE_IN_PROGRESS";
}

const char* way_on_from(const std::string& status) {
  if (status == "UPDATE_ROLLBACK_COMPLETE" || status == "ROLLBACK_COMPLETE")
    return "everything was rolled back: correct the cause and run wsdeep deploy again";
  if (situation_of(status) == Situation::kFailedKept)
    return "what was made is kept: correct the cause and run wsdeep deploy again to go on from there, or undo it with "
           "wsdeep deploy --rollback-first";
  return "correct the cause and run wsdeep deploy again";
}

bool contains_loss(const std::vector<aws::ResourceChange>& changes) {
  for (const aws::ResourceChange& change : changes)
    if (fate_of(change) == Fate::kReplace || fate_of(change) == Fate::kRemove) return true;
  return false;
}

/// The template of a nested stack, as far as CloudFormation still has it: an explanation is not worth a failure.
NamedTemplate template_of(const std::string& path, const std::vector<aws::StackEvent>& events,
                          aws::CloudFormation& cloudformation) {
  for (const aws::StackEvent& event : events) {
    if (event.logical_id != path || event.type != "AWS::CloudFormation::Stack" || event.physical_id.empty()) continue;
    try {
      return {cloudformation.get_template(event.physical_id), fmt::format("template of {}", path)};
    } catch (const Error&) {
      return {};
    }
  }
  return {};
}

/// Where `Network/Vpc` comes from, then where `Network` does.
std::vector<TemplatePlace> places_of(const std::string& path, const FollowResult& result, const NamedTemplate& of_stack,
                                     aws::CloudFormation& cloudformation) {
  std::vector<TemplatePlace> places;
  for (std::string rest = path; !rest.empty();) {
    const std::size_t slash = rest.rfind('/');
    const std::string parent = slash == std::string::npos ? "" : rest.substr(0, slash);
    const NamedTemplate found = parent.empty() ? of_stack : template_of(parent, result.events, cloudformation);
    const auto place = place_of(slash == std::string::npos ? rest : rest.substr(slash + 1), found.text, found.name);
    if (place) places.push_back(*place);
    rest = parent;
  }
  return places;
}

}  // namespace

void explain_failure(const FollowResult& result, const NamedTemplate& of_stack, aws::CloudFormation& cloudformation,
                     const Console& console) {
  const auto cause = find_root_cause(result.events);
  if (!cause) return;
  const auto places = places_of(cause->event.logical_id, result, of_stack, cloudformation);
  console.err("\n" + render_failure(*cause, places, err_style(console)) + "\n");
}

void refuse_deletion(const StackTarget& target, const aws::Stack& stack, bool yes, StackAccess& access,
                     const Console& console) {
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
  const auto left = all_resources(access.cloudformation, stack.id.empty() ? target.name : stack.id);
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

DeploymentSteps::DeploymentSteps(const StackTarget& target, const Plan& plan, const StepOptions& options,
                                 StackAccess& access, const Interrupts& interrupts, Context& context)
    : target_(target),
      plan_(plan),
      options_(options),
      access_(access),
      interrupts_(interrupts),
      context_(context),
      name_(change_set_name(plan.inputs)) {}

std::optional<aws::Stack> DeploymentSteps::look() {
  stack_ = access_.cloudformation.describe_stack(target_.name);
  return stack_;
}

std::string DeploymentSteps::again() const {
  return "run wsdeep deploy again to go on from there";
}

std::optional<StepResult> DeploymentSteps::make_ready() {
  for (int i = 0; i < kMaxRecoveries; ++i) {
    look();
    switch (situation_of(stack_ ? stack_->status : "")) {
      case Situation::kAbsent:
        stack_.reset();
        return std::nullopt;
      case Situation::kReady:
        return std::nullopt;
      case Situation::kNeverCreated:
        clear_review();
        return std::nullopt;
      case Situation::kInProgress:
        if (follow_running()) return StepResult::kDeployed;
        break;
      case Situation::kDead:
      case Situation::kHalfGone:
        delete_dead();
        break;
      case Situation::kRollbackStuck:
        continue_rollback();
        break;
      case Situation::kFailedKept:
        if (take_up_failed()) return std::nullopt;
        break;
    }
  }
  throw Error(ErrorKind::kFailure, fmt::format("'{}' stays in {}", target_.name, stack_->status),
              "look at its events: somebody else may be working on it");
}

/// Returns when the answer is yes.
void DeploymentSteps::ask_or_leave(const std::string& question) const {
  try {
    if (confirm(context_.console, question, options_.yes)) return;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was changed");
  }
  throw Error(ErrorKind::kInterrupted, "nothing was changed");
}

/// True when the operation was this deployment, and has succeeded.
bool DeploymentSteps::follow_running() {
  const bool ours = name_in_arn(stack_->change_set_id) == name_;
  say(context_.console, fmt::format("{} is {}: following {}", target_.name, stack_->status,
                                    ours ? "this deployment, which an earlier run began"
                                         : "that operation before anything else is done"));
  if (ours) protect();
  const FollowResult result = follow_to_end({});
  if (ours && !is_success(result.status)) require_success(result, "the deployment");
  return ours;
}

/// At once, rather than at the end, which a detached, failed or interrupted run does not see.
void DeploymentSteps::protect() {
  if (!options_.termination_protection || stack_->termination_protection) return;
  access_.cloudformation.set_termination_protection(stack_->id.empty() ? target_.name : stack_->id, true);
  stack_->termination_protection = true;
  say(context_.console, "termination protection is on");
}

/// A deployment that runs is followed all the same; at its end the protection is tried again.
void DeploymentSteps::protect_new() {
  try {
    protect();
  } catch (const Error& error) {
    if (options_.detach || interrupts_.requested())
      throw Error(error.kind(),
                  fmt::format("{} is being deployed without termination protection: {}", target_.name, error.what()),
                  again());
    say(context_.console, fmt::format("warning: termination protection is not on yet: {}", error.what()));
  }
}

void DeploymentSteps::delete_dead() {
  refuse_deletion(target_, *stack_, options_.yes, access_, context_.console);
  say(context_.console,
      fmt::format("{} is in {}: it holds nothing that works, and can only be deleted", target_.name, stack_->status));
  ask_or_leave(fmt::format("Delete {} and create it anew?", target_.name));
  // Set when its creation began; there is nothing left to protect.
  if (stack_->termination_protection) access_.cloudformation.set_termination_protection(stack_->id, false);
  const std::string before = access_.cloudformation.newest_event(stack_->id);
  access_.cloudformation.delete_stack(stack_->id, plan_.inputs.role_arn);
  const FollowResult result = follow_to_end(before);
  if (result.status != "DELETE_COMPLETE") require_success(result, "the deletion");
}

void DeploymentSteps::continue_rollback() {
  say(context_.console, fmt::format("{} is in UPDATE_ROLLBACK_FAILED: its rollback has to end first", target_.name));
  if (!stack_->status_reason.empty()) say(context_.console, "  " + strip_control(stack_->status_reason));
  ask_or_leave("Continue the rollback?");
  const std::string before = access_.cloudformation.newest_event(stack_->id);
  access_.cloudformation.continue_update_rollback(stack_->id, plan_.inputs.role_arn);
  const FollowResult result = follow_to_end(before);
  if (result.status != "UPDATE_ROLLBACK_COMPLETE") require_success(result, "the rollback");
}

/// Neither answer can be guessed: one goes on with what is there, the other undoes it.
bool DeploymentSteps::goes_on_from_failed() const {
  if (options_.rollback_first) {
    ask_or_leave(fmt::format("Roll {} back?", target_.name));
    return false;
  }
  if (options_.yes) return true;
  std::string answer;
  try {
    answer = to_lower(trim(context_.console.ask("Go on (g), roll back (r), or leave it (N)? [g/r/N] ",
                                                "--yes to go on, with --rollback-first to roll back")));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was changed");
  }
  if (answer == "g" || answer == "go on") return true;
  if (answer == "r" || answer == "roll back") return false;
  throw Error(ErrorKind::kInterrupted, "nothing was changed");
}

/// What --disable-rollback leaves: CloudFormation updates it with the rollback disabled again, or rolls it back. True
/// when it is to be updated as it is.
bool DeploymentSteps::take_up_failed() {
  const bool created = stack_->status == "CREATE_FAILED";
  say(context_.console,
      fmt::format("{} is in {}: a deployment failed with its rollback disabled, and what it made was kept",
                  target_.name, stack_->status));
  if (!stack_->status_reason.empty()) say(context_.console, "  " + strip_control(stack_->status_reason));
  say(context_.console, "  going on updates what is there, and keeps it when something fails again");
  say(context_.console, created ? "  rolling back deletes all of it: the stack never worked"
                                : "  rolling back restores the last state that worked; a stack without one is deleted");
  if (goes_on_from_failed()) {
    options_.disable_rollback = true;
    return true;
  }
  if (created && options_.yes && target_.is_production())
    throw Error(ErrorKind::kRefused,
                fmt::format("rolling '{}' back deletes it: --yes does not delete a production stack", target_.name),
                "go on without --rollback-first, or deploy without --yes");
  roll_back_failed();
  return false;
}

void DeploymentSteps::roll_back_failed() {
  const std::string before = access_.cloudformation.newest_event(stack_->id);
  access_.cloudformation.rollback_stack(stack_->id, plan_.inputs.role_arn);
  const FollowResult result = follow_to_end(before);
  const bool done = result.status == "UPDATE_ROLLBACK_COMPLETE" || result.status == "ROLLBACK_COMPLETE" ||
                    result.status == "IMPORT_ROLLBACK_COMPLETE";
  if (!done) require_success(result, "the rollback");
  options_.rollback_first = false;
}

/// A stack that was never created may hold change sets of other inputs, which nobody will execute any more.
void DeploymentSteps::clear_review() {
  std::vector<aws::ChangeSetSummary> stale;
  for (const auto& one : access_.cloudformation.list_change_sets(target_.name))
    if (one.name != name_ || one.status == "FAILED") stale.push_back(one);
  if (stale.empty()) return;
  say(context_.console, fmt::format("{} was never created; it has {} change set{} from earlier:", target_.name,
                                    stale.size(), stale.size() == 1 ? "" : "s"));
  for (const auto& one : stale) say(context_.console, fmt::format("  {}  {}", one.name, one.status));
  ask_or_leave("Remove them and go on?");
  for (const auto& one : stale) access_.cloudformation.delete_change_set(target_.name, one.id);
}

FollowResult DeploymentSteps::follow_to_end(const std::string& after_event) {
  try {
    return follow(access_.cloudformation, {stack_->id, target_.name, after_event, options_.poll}, interrupts_,
                  context_);
  } catch (const Error& error) {
    say(context_.console, fmt::format("{} was left as it is: CloudFormation goes on without us", target_.name));
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), error.what(), again());
  }
}

void DeploymentSteps::require_success(const FollowResult& result, const std::string& what) {
  if (is_success(result.status)) return;
  explain_failure(result, {plan_.source, plan_.source_name}, access_.cloudformation, context_.console);
  throw Error(ErrorKind::kFailure,
              fmt::format("{} of '{}' failed: the stack is in {}", what, target_.name, result.status),
              way_on_from(result.status));
}

/// The change set of an earlier run with the same inputs, when it can still be used; one that cannot is removed.
std::optional<aws::ChangeSet> DeploymentSteps::earlier_change_set() {
  if (!stack_) return std::nullopt;
  auto found = access_.cloudformation.describe_change_set(target_.name, name_);
  if (!found) return std::nullopt;
  if (can_be_executed(*found) || is_being_made(*found)) {
    say(context_.console, fmt::format("change set {} was made by an earlier run: going on with it", name_));
    return found;
  }
  access_.cloudformation.delete_change_set(target_.name, found->id.empty() ? name_ : found->id);
  return std::nullopt;
}

void DeploymentSteps::create_change_set(const std::string& template_url) {
  aws::ChangeSetRequest request;
  request.stack_name = target_.name;
  request.name = name_;
  request.creates_stack = is_new();
  if (template_url.empty())
    request.template_body = plan_.inputs.template_text;
  else
    request.template_url = template_url;
  for (const stack::Parameter& one : plan_.inputs.parameters) request.parameters.push_back({one.key, one.value});
  for (const std::string& key : plan_.keep) {
    if (request.creates_stack || !stack_->parameters.contains(key))
      throw Error(ErrorKind::kUsage, fmt::format("the parameter {} has no value", key),
                  fmt::format("pass --parameters {}=…", key));
    request.parameters.push_back({key, std::nullopt});
  }
  request.tags = plan_.inputs.tags;
  request.role_arn = plan_.inputs.role_arn;
  access_.cloudformation.create_change_set(request);
}

aws::ChangeSet DeploymentSteps::wait_for_change_set() {
  for (;;) {
    auto found = access_.cloudformation.describe_change_set(target_.name, name_);
    if (!found) throw Error(ErrorKind::kFailure, fmt::format("change set {} has gone", name_), again());
    if (!is_being_made(*found)) return *found;
    if (interrupts_.wait(options_.poll))
      throw Error(ErrorKind::kInterrupted, fmt::format("interrupted; change set {} is left", name_), again());
  }
}

aws::ChangeSet DeploymentSteps::change_set(const std::string& template_url) {
  auto earlier = earlier_change_set();
  if (earlier && can_be_executed(*earlier)) return *earlier;
  if (!earlier) create_change_set(template_url);
  return wait_for_change_set();
}

/// A change set that failed is of no use, and keeps the next run from its name.
void DeploymentSteps::remove_failed(const aws::ChangeSet& failed) {
  access_.cloudformation.delete_change_set(target_.name, failed.id.empty() ? name_ : failed.id);
}

bool DeploymentSteps::is_new() const {
  return !stack_ || stack_->status == "REVIEW_IN_PROGRESS";
}

/// Not every change set says what changes within a resource; the templates do.
void DeploymentSteps::complete(aws::ChangeSet& change_set) {
  const bool bare = std::any_of(change_set.changes.begin(), change_set.changes.end(), [](const auto& one) {
    return one.action == "Modify" && one.properties.empty() && one.nested.empty();
  });
  if (bare || is_new()) {
    const std::string deployed = is_new() ? "Resources: {}" : access_.cloudformation.get_template(target_.name);
    fill_in_properties(change_set.changes, diff_templates(deployed, plan_.inputs.template_text));
  }
  mark_replaced_instances(change_set.changes, plan_.inputs.template_text);
  add_nested_changes(access_.cloudformation, change_set.changes);
}

void DeploymentSteps::show(const aws::ChangeSet& change_set) {
  const ChangeStyle style = err_style(context_.console);
  context_.console.err("\n");
  say(context_.console, fmt::format("change set {} for {}: {}", name_, target_.name, summary_of(change_set.changes)));
  context_.console.err("\n");
  if (stack_) {
    auto parameters = diff_parameters(stack_->parameters, plan_.inputs.parameters, plan_.hidden);
    for (auto& change : diff_resolved(stack_->resolved, change_set.resolved)) parameters.push_back(std::move(change));
    if (!is_new() && !parameters.empty()) context_.console.err("  parameters\n" + render_properties(parameters, style));
  }
  context_.console.err(render_changes(change_set.changes, style) + "\n");
  const std::string security = render_security(security_changes(change_set.changes), is_new(), style);
  if (!security.empty()) context_.console.err(security + "\n");
}

StepResult DeploymentSteps::execute(const aws::ChangeSet& change_set) {
  const bool creates = is_new();
  // A stack that is new has the id that its change set says.
  if (!stack_) stack_ = aws::Stack{};
  if (stack_->id.empty()) stack_->id = change_set.stack_id;
  if (!creates) protect();
  const std::string before = access_.cloudformation.newest_event(stack_->id);
  access_.cloudformation.execute_change_set(target_.name, name_, options_.disable_rollback);
  if (creates) protect_new();
  if (options_.detach) {
    say(context_.console, fmt::format("{} is being deployed; follow it with: wsdeep deploy", target_.name));
    return StepResult::kLeft;
  }
  const FollowResult result = follow_to_end(before);
  require_success(result, "the deployment");
  return StepResult::kDeployed;
}

/// CloudFormation has long refused these in the middle of the update; whether it still does, only it knows.
void DeploymentSteps::warn_of_replacements(const aws::ChangeSet& change_set) const {
  if (!options_.disable_rollback || is_new()) return;
  const bool replaces = std::any_of(change_set.changes.begin(), change_set.changes.end(),
                                    [](const auto& one) { return fate_of(one) == Fate::kReplace; });
  if (replaces)
    say(context_.console,
        "warning: CloudFormation may refuse to replace a resource while the rollback is disabled; when it does, run "
        "wsdeep deploy --rollback-first");
}

/// What a quick reader must not miss stands in the question itself.
std::string DeploymentSteps::question_about(const aws::ChangeSet& change_set) const {
  std::vector<std::string> grave;
  if (contains_loss(change_set.changes)) grave.emplace_back("the losses");
  if (std::any_of(change_set.changes.begin(), change_set.changes.end(),
                  [](const auto& one) { return one.replaces_instances; }))
    grave.emplace_back("the replaced instances");
  const auto security = security_changes(change_set.changes);
  if (std::any_of(security.begin(), security.end(),
                  [&](const auto& one) { return !one.warning.empty() || (one.widens && !is_new()); }))
    grave.emplace_back("the wider access");
  return grave.empty() ? fmt::format("Deploy these changes to {}?", target_.name)
                       : fmt::format("Deploy to {}, with {} above?", target_.name, join(grave, " and "));
}

StepResult DeploymentSteps::deploy(const std::string& template_url) {
  aws::ChangeSet made = change_set(template_url);
  if (has_no_changes(made)) {
    remove_failed(made);
    if (stack_ && situation_of(stack_->status) == Situation::kFailedKept)
      throw Error(ErrorKind::kFailure,
                  fmt::format("'{}' stays in {}: CloudFormation finds nothing to change", target_.name, stack_->status),
                  "correct what failed, or undo it with wsdeep deploy --rollback-first");
    return StepResult::kNoChanges;
  }
  if (!can_be_executed(made)) {
    remove_failed(made);
    throw Error(ErrorKind::kFailure,
                fmt::format("CloudFormation refuses the change set: {}", strip_control(made.status_reason)),
                advice_for(made.status_reason, ""));
  }
  complete(made);
  show(made);
  warn_of_replacements(made);
  if (options_.no_execute) {
    say(context_.console, fmt::format("change set {} is ready; {}", name_, "run wsdeep deploy to execute it"));
    if (options_.termination_protection && !(stack_ && stack_->termination_protection))
      say(context_.console,
          "termination protection is not on: executing sets it, when --termination-protection is "
          "given then");
    return StepResult::kLeft;
  }
  bool agreed = false;
  try {
    agreed = confirm(context_.console, question_about(made), options_.yes);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}; change set {} is left", error.what(), name_), again());
  }
  if (!agreed)
    throw Error(ErrorKind::kInterrupted, fmt::format("nothing was deployed; change set {} is left", name_), again());
  return execute(made);
}

}  // namespace wsdeep::deploy

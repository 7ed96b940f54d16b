#include "fleet/stack_update.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/printable.h"
#include "deploy/explain_failure.h"
#include "deploy/follow.h"
#include "deploy/stack_state.h"
#include "terminal/dialogue.h"

namespace wsdeep::fleet {
namespace {

using Values = std::map<std::string, std::string>;

/// The same name for the same change: a run that was interrupted finds its change set again.
std::string update_name(const Values& wanted) {
  std::string all;
  for (const auto& [key, value] : wanted) all += fmt::format("{}:{}{}:{}", key.size(), key, value.size(), value);
  return "wsdeep-fleet-" + hex(sha256(all)).substr(0, 16);
}

bool has_all(const aws::Stack& stack, const Values& wanted) {
  for (const auto& [key, value] : wanted) {
    const auto found = stack.parameters.find(key);
    if (found == stack.parameters.end())
      throw Error(
          ErrorKind::kUsage,
          fmt::format("the template of '{}' has no parameter {}: it is older than this command", stack.name, key),
          "bring it up to date with: wsdeep deploy --fleet");
    if (found->second != value) return false;
  }
  return true;
}

aws::ChangeSetRequest update_request(const aws::Stack& stack, const Values& wanted) {
  aws::ChangeSetRequest request;
  request.stack_name = stack.name;
  request.name = update_name(wanted);
  request.previous_template = true;
  request.tags = stack.tags;
  for (const auto& [key, value] : stack.parameters) {
    const auto changed = wanted.find(key);
    request.parameters.push_back({key, changed == wanted.end() ? std::nullopt : std::optional(changed->second)});
  }
  return request;
}

/// An operation that somebody else began is waited for.
void let_settle(Fleet& fleet, std::chrono::milliseconds poll) {
  fleet.reload();
  if (!deploy::is_in_progress(fleet.stack.status)) return;
  say(fleet.console(), fmt::format("{} is {}: following that first", fleet.stack.name, fleet.stack.status));
  deploy::follow(fleet.session, {fleet.stack.id, fleet.stack.name, {}, poll});
  fleet.reload();
}

/// The change set when CloudFormation has made it.
aws::ChangeSet made_change_set(Fleet& fleet, const std::string& name, std::chrono::milliseconds poll) {
  for (;;) {
    auto found = fleet.session.access.cloudformation.describe_change_set(fleet.stack.name, name);
    if (!found) throw Error(ErrorKind::kFailure, fmt::format("change set {} has gone", name));
    if (found->status != "CREATE_PENDING" && found->status != "CREATE_IN_PROGRESS") return *found;
    if (fleet.interrupts().wait(poll)) throw Error(ErrorKind::kInterrupted, "interrupted");
  }
}

/// One of an earlier run that was interrupted is of no use: its own may say something else by now.
void make_change_set(Fleet& fleet, const aws::ChangeSetRequest& request) {
  aws::CloudFormation& cloudformation = fleet.session.access.cloudformation;
  if (cloudformation.describe_change_set(fleet.stack.name, request.name))
    cloudformation.delete_change_set(fleet.stack.name, request.name);
  cloudformation.create_change_set(request);
}

/// `NodeImage (ami-1 → ami-2)`: what Systems Manager has come to say since the stack was updated last.
std::string newer_values(const aws::Stack& stack, const aws::ChangeSet& made) {
  std::string text;
  for (const auto& [key, value] : made.resolved) {
    const auto before = stack.resolved.find(key);
    if (before == stack.resolved.end() || before->second == value) continue;
    text += fmt::format("{}{} ({} → {})", text.empty() ? "" : ", ", key, before->second, value);
  }
  return text;
}

void check_newer(Fleet& fleet, const aws::ChangeSet& made, Newer newer) {
  const std::string values = newer_values(fleet.stack, made);
  if (values.empty()) return;
  const std::string news = fmt::format("there is a newer {}, and the update replaces the nodes that it is for", values);
  if (newer == Newer::kTold) return say(fleet.console(), news);
  fleet.session.access.cloudformation.delete_change_set(fleet.stack.name, made.name);
  throw Error(ErrorKind::kRefused, news,
              "take it first with: wsdeep deploy --fleet, which leaves a rollout where it is; then run this again");
}

void execute_and_follow(Fleet& fleet, const std::string& name, std::chrono::milliseconds poll) {
  aws::CloudFormation& cloudformation = fleet.session.access.cloudformation;
  const std::string before = cloudformation.newest_event(fleet.stack.id);
  cloudformation.execute_change_set(fleet.stack.name, name, false);
  const deploy::FollowResult result = deploy::follow(fleet.session, {fleet.stack.id, fleet.stack.name, before, poll});
  fleet.reload();
  if (deploy::is_success(result.status)) return;
  deploy::explain_failure(fleet.session, result);
  throw Error(ErrorKind::kFailure,
              fmt::format("the update of '{}' failed: it is in {}", fleet.stack.name, result.status),
              "CloudFormation puts back what it changed: see it with wsdeep status");
}

}  // namespace

void update_parameters(Fleet& fleet, const Values& wanted, std::chrono::milliseconds poll, Newer newer) {
  let_settle(fleet, poll);
  if (has_all(fleet.stack, wanted)) return;
  const aws::ChangeSetRequest request = update_request(fleet.stack, wanted);
  make_change_set(fleet, request);
  const aws::ChangeSet made = made_change_set(fleet, request.name, poll);
  if (made.status != "CREATE_COMPLETE") {
    fleet.session.access.cloudformation.delete_change_set(fleet.stack.name, request.name);
    if (deploy::has_no_changes(made)) return;
    throw Error(ErrorKind::kFailure,
                fmt::format("CloudFormation refuses the change set: {}", printable(made.status_reason)));
  }
  check_newer(fleet, made, newer);
  execute_and_follow(fleet, request.name, poll);
}

}  // namespace wsdeep::fleet

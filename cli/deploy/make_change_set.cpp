#include "deploy/make_change_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/resources.h"
#include "deploy/template_diff.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

bool is_being_made(const aws::ChangeSet& change_set) {
  return change_set.status == "CREATE_PENDING" || change_set.status == "CREATE_IN_PROGRESS";
}

/// Made before the stack was changed last: it may undo what was changed then. CloudFormation marks most of these as
/// obsolete itself.
bool is_stale(const aws::ChangeSet& change_set, const aws::Stack& stack) {
  if (change_set.created.empty() || stack.updated.empty()) return false;
  try {
    return parse_iso8601(change_set.created) < parse_iso8601(stack.updated);
  } catch (const Error&) {
    return false;
  }
}

/// The change set of an earlier run with the same inputs, when it can still be used; one that cannot is removed.
std::optional<aws::ChangeSet> earlier_change_set(const Deployment& deployment) {
  if (!deployment.stack) return std::nullopt;
  auto found = deployment.cloudformation().describe_change_set(deployment.target().name, deployment.change_set);
  if (!found) return std::nullopt;
  const bool stale = is_stale(*found, *deployment.stack);
  if (stale)
    say(deployment.console(), fmt::format("change set {} was made before {} was changed last, at {}: making a new one",
                                          deployment.change_set, deployment.target().name, deployment.stack->updated));
  if (!stale && (can_be_executed(*found) || is_being_made(*found))) {
    say(deployment.console(),
        fmt::format("change set {} was made by an earlier run: going on with it", deployment.change_set));
    return found;
  }
  deployment.cloudformation().delete_change_set(deployment.target().name,
                                                found->id.empty() ? deployment.change_set : found->id);
  return std::nullopt;
}

void create_change_set(const Deployment& deployment, const std::string& template_url) {
  aws::ChangeSetRequest request;
  request.stack_name = deployment.target().name;
  request.name = deployment.change_set;
  request.creates_stack = deployment.is_new();
  if (template_url.empty())
    request.template_body = deployment.plan.inputs.template_text;
  else
    request.template_url = template_url;
  for (const stack::Parameter& one : deployment.plan.inputs.parameters)
    request.parameters.push_back({one.key, one.value});
  for (const std::string& key : deployment.plan.keep) {
    if (request.creates_stack || !deployment.stack->parameters.contains(key))
      throw Error(ErrorKind::kUsage, fmt::format("the parameter {} has no value", key),
                  fmt::format("pass --parameters {}=…", key));
    request.parameters.push_back({key, std::nullopt});
  }
  for (const std::string& key : deployment.plan.keep_if_known)
    if (!request.creates_stack && deployment.stack->parameters.contains(key))
      request.parameters.push_back({key, std::nullopt});
  request.tags = deployment.plan.inputs.tags;
  request.role_arn = deployment.plan.inputs.role_arn;
  deployment.cloudformation().create_change_set(request);
}

}  // namespace

ChangeSetGone::ChangeSetGone(const std::string& name)
    : Error(ErrorKind::kFailure, fmt::format("change set {} has gone", name), kGoOn) {}

bool can_be_executed(const aws::ChangeSet& change_set) {
  return change_set.status == "CREATE_COMPLETE" && change_set.execution_status == "AVAILABLE";
}

aws::ChangeSet wait_for_change_set(const Deployment& deployment, const std::string& name) {
  for (;;) {
    auto found = deployment.cloudformation().describe_change_set(deployment.target().name, name);
    if (!found) throw ChangeSetGone(name);
    if (!is_being_made(*found)) return *found;
    if (deployment.session.interrupts.wait(deployment.options.poll))
      throw Error(ErrorKind::kInterrupted, fmt::format("interrupted; change set {} is left", name), kGoOn);
  }
}

aws::ChangeSet make_change_set(const Deployment& deployment, const std::string& template_url) {
  auto earlier = earlier_change_set(deployment);
  if (earlier && can_be_executed(*earlier)) return *earlier;
  if (!earlier) create_change_set(deployment, template_url);
  return wait_for_change_set(deployment, deployment.change_set);
}

void complete(aws::ChangeSet& change_set, const Deployment& deployment) {
  const bool bare = std::any_of(change_set.changes.begin(), change_set.changes.end(), [](const auto& one) {
    return one.action == "Modify" && one.properties.empty() && one.nested.empty();
  });
  if (bare || deployment.is_new()) {
    const std::string deployed =
        deployment.is_new() ? "Resources: {}" : deployment.cloudformation().get_template(deployment.target().name);
    fill_in_properties(change_set.changes, diff_templates(deployed, deployment.plan.inputs.template_text));
  }
  mark_replaced_instances(change_set.changes, deployment.plan.inputs.template_text);
  add_nested_changes(deployment.cloudformation(), change_set.changes);
}

void remove_failed(const aws::ChangeSet& failed, const Deployment& deployment) {
  deployment.cloudformation().delete_change_set(deployment.target().name,
                                                failed.id.empty() ? deployment.change_set : failed.id);
}

}  // namespace wsdeep::deploy

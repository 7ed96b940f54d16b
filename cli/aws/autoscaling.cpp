#include "aws/autoscaling.h"

#include <fmt/format.h>

#include "aws/query.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::int64_t kLargestCount = 1'000'000;

std::int64_t whole_number(const XmlNode& node, const char* name) {
  return parse_integer(node.text_of(name), 0, kLargestCount).value_or(0);
}

/// Of the launch template below `path`; empty for one that is none, or says `$Latest`.
std::string launch_template_in(const XmlNode& node, const std::string& path) {
  const std::string id = node.text_of(path + "/LaunchTemplateId"), version = node.text_of(path + "/Version");
  if (id.empty() || !parse_integer(version, 1, INT64_MAX)) return {};
  return id + " version " + version;
}

GroupInstance group_instance_in(const XmlNode& node) {
  return {node.text_of("InstanceId"),     node.text_of("InstanceType"), node.text_of("AvailabilityZone"),
          node.text_of("LifecycleState"), node.text_of("HealthStatus"), launch_template_in(node, "LaunchTemplate")};
}

std::string wanted_template_in(const XmlNode& group) {
  std::string one = launch_template_in(group, "LaunchTemplate");
  if (!one.empty()) return one;
  return launch_template_in(group, "MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification");
}

AutoScalingGroup group_in(const XmlNode& node) {
  AutoScalingGroup group{node.text_of("AutoScalingGroupName"),
                         node.text_of("MinSize"),
                         node.text_of("DesiredCapacity"),
                         node.text_of("MaxSize"),
                         {},
                         {},
                         node.text_of("WarmPoolSize"),
                         node.text_of("WarmPoolConfiguration/PoolState"),
                         wanted_template_in(node)};
  for (const XmlNode* one : node.list("Instances")) group.instances.push_back(group_instance_in(*one));
  for (const XmlNode* one : node.list("SuspendedProcesses")) group.suspended.push_back(one->text_of("ProcessName"));
  return group;
}

ScalingActivity activity_in(const XmlNode& node) {
  return {node.text_of("ActivityId"),    node.text_of("Description"), node.text_of("StatusCode"),
          node.text_of("StatusMessage"), node.text_of("StartTime"),   node.text_of("EndTime"),
          node.text_of("Progress")};
}

/// The first of the activities that a change began.
ScalingActivity first_activity(const XmlNode& result) {
  const auto activities = result.list("Activities");
  return activities.empty() ? ScalingActivity{} : activity_in(*activities.front());
}

InstanceRefresh refresh_in(const XmlNode& node) {
  return {node.text_of("InstanceRefreshId"),
          node.text_of("Status"),
          node.text_of("StatusReason"),
          node.text_of("StartTime"),
          node.text_of("EndTime"),
          whole_number(node, "PercentageComplete"),
          whole_number(node, "InstancesToUpdate")};
}

std::string true_or_false(bool value) {
  return value ? "true" : "false";
}

}  // namespace

AutoScaling::AutoScaling(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                         const Clock& clock)
    : client_(http, std::move(options), credentials, "autoscaling", "autoscaling", clock) {}

XmlNode AutoScaling::ask(const char* action, const std::vector<std::pair<std::string, std::string>>& parameters,
                         bool retry_safe) {
  return query(client_, {action, "2011-01-01", retry_safe}, parameters);
}

std::optional<AutoScalingGroup> AutoScaling::describe_group(const std::string& name) {
  const XmlNode result = ask("DescribeAutoScalingGroups", {{"AutoScalingGroupNames.member.1", name}});
  const auto groups = result.list("AutoScalingGroups");
  if (groups.empty()) return std::nullopt;
  return group_in(*groups.front());
}

std::vector<ScalingActivity> AutoScaling::describe_activities(const std::string& group, int most) {
  const XmlNode result =
      ask("DescribeScalingActivities", {{"AutoScalingGroupName", group}, {"MaxRecords", std::to_string(most)}});
  std::vector<ScalingActivity> activities;
  for (const XmlNode* one : result.list("Activities")) activities.push_back(activity_in(*one));
  return activities;
}

void AutoScaling::set_desired(const std::string& group, std::int64_t desired) {
  ask("SetDesiredCapacity",
      {{"AutoScalingGroupName", group}, {"DesiredCapacity", std::to_string(desired)}, {"HonorCooldown", "false"}});
}

void AutoScaling::set_sizes(const std::string& group, const Sizes& sizes) {
  QueryParameters parameters{{"AutoScalingGroupName", group}};
  const auto add = [&](const char* name, const std::optional<std::int64_t>& value) {
    if (value) parameters.emplace_back(name, std::to_string(*value));
  };
  add("MinSize", sizes.min);
  add("MaxSize", sizes.max);
  add("DesiredCapacity", sizes.desired);
  ask("UpdateAutoScalingGroup", parameters);
}

// None of these three may be repeated: the group would shrink, or grow, twice.

ScalingActivity AutoScaling::terminate(const std::string& instance, bool shrink) {
  const XmlNode result =
      ask("TerminateInstanceInAutoScalingGroup",
          {{"InstanceId", instance}, {"ShouldDecrementDesiredCapacity", true_or_false(shrink)}}, false);
  const XmlNode* activity = result.find("Activity");
  return activity == nullptr ? ScalingActivity{} : activity_in(*activity);
}

ScalingActivity AutoScaling::enter_standby(const std::string& group, const std::string& instance, bool shrink) {
  return first_activity(ask("EnterStandby",
                            {{"AutoScalingGroupName", group},
                             {"InstanceIds.member.1", instance},
                             {"ShouldDecrementDesiredCapacity", true_or_false(shrink)}},
                            false));
}

ScalingActivity AutoScaling::exit_standby(const std::string& group, const std::string& instance) {
  return first_activity(
      ask("ExitStandby", {{"AutoScalingGroupName", group}, {"InstanceIds.member.1", instance}}, false));
}

std::string AutoScaling::start_refresh(const RefreshRequest& request) {
  QueryParameters parameters{{"AutoScalingGroupName", request.group},
                             {"Strategy", "Rolling"},
                             {"Preferences.MinHealthyPercentage", std::to_string(request.min_healthy)},
                             {"Preferences.MaxHealthyPercentage", std::to_string(request.max_healthy)},
                             {"Preferences.InstanceWarmup", std::to_string(request.warmup_seconds)},
                             {"Preferences.SkipMatching", true_or_false(request.skip_matching)}};
  std::size_t n = 0;
  for (const std::int64_t percent : request.checkpoints)
    parameters.emplace_back(fmt::format("Preferences.CheckpointPercentages.member.{}", ++n), std::to_string(percent));
  if (n > 0) parameters.emplace_back("Preferences.CheckpointDelay", std::to_string(request.checkpoint_delay_seconds));
  return ask("StartInstanceRefresh", parameters, false).text_of("InstanceRefreshId");
}

std::vector<InstanceRefresh> AutoScaling::describe_refreshes(const std::string& group, int most) {
  const XmlNode result =
      ask("DescribeInstanceRefreshes", {{"AutoScalingGroupName", group}, {"MaxRecords", std::to_string(most)}});
  std::vector<InstanceRefresh> refreshes;
  for (const XmlNode* one : result.list("InstanceRefreshes")) refreshes.push_back(refresh_in(*one));
  return refreshes;
}

void AutoScaling::cancel_refresh(const std::string& group) {
  ask("CancelInstanceRefresh", {{"AutoScalingGroupName", group}});
}

void AutoScaling::rollback_refresh(const std::string& group) {
  ask("RollbackInstanceRefresh", {{"AutoScalingGroupName", group}}, false);
}

}  // namespace wsdeep::aws

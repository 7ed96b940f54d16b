#include "fleet/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "fleet/faults.h"

namespace wsdeep::fleet {
namespace {

constexpr int kActivities = 20;
constexpr std::chrono::minutes kMeasureAge{5};
constexpr const char* kNodeNamespace = "wsdeep/node";
constexpr std::int64_t kMostNodes = 100'000;

std::int64_t size_in(const std::string& text) {
  return parse_integer(text, 0, kMostNodes).value_or(0);
}

std::optional<SystemTime> time_in(const std::string& text) {
  try {
    return parse_iso8601(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// `Target.FailedHealthChecks: Health checks failed with these codes: [14]`
std::string reason_of(const aws::TargetHealth& target) {
  if (target.description.empty() || target.description == target.reason) return target.reason;
  return target.reason.empty() ? target.description : fmt::format("{}: {}", target.reason, target.description);
}

/// `Launching`, `Terminating`: what kind of activity it is.
std::string kind_of(const aws::ScalingActivity& activity) {
  return activity.description.substr(0, activity.description.find(' '));
}

Node& node_of(const std::string& id, Group& group) {
  const auto found = std::find_if(group.nodes.begin(), group.nodes.end(), [&](const Node& n) { return n.id == id; });
  if (found != group.nodes.end()) return *found;
  // A target that has left the group, or was never in it.
  Node stranger;
  stranger.id = id;
  stranger.lifecycle = "outside";
  return group.nodes.emplace_back(std::move(stranger));
}

/// Does `work`; what fails in it becomes a note.
template <typename Work>
void or_note(const Fleet& fleet, Snapshot& into, const char* what, Work work) {
  try {
    work();
  } catch (const Error& error) {
    if (fleet.interrupts().requested()) throw;
    into.notes.push_back(fmt::format("no {}: {}", what, short_cause(error)));
  }
}

}  // namespace

std::size_t Group::serving() const {
  return static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [](const Node& n) { return n.serves(); }));
}

const aws::ScalingActivity* Group::last_failure() const {
  std::vector<std::string> succeeded;
  for (const aws::ScalingActivity& one : activities) {
    const std::string kind = kind_of(one);
    if (one.status == "Successful") succeeded.push_back(kind);
    if (has_failed(one) && std::find(succeeded.begin(), succeeded.end(), kind) == succeeded.end()) return &one;
  }
  return nullptr;
}

bool is_under_way(const aws::InstanceRefresh& refresh) {
  for (const char* status : {"Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"})
    if (refresh.status == status) return true;
  return false;
}

bool is_under_way(const aws::ScalingActivity& activity) {
  return activity.status != "Successful" && activity.status != "Failed" && activity.status != "Cancelled";
}

bool has_failed(const aws::ScalingActivity& activity) {
  return activity.status == "Failed" || (activity.status == "Cancelled" && !activity.message.empty());
}

RolloutState rollout_state(const aws::Stack& stack) {
  const auto value = [&](const char* name) {
    const auto found = stack.parameters.find(name);
    return found == stack.parameters.end() ? std::string() : found->second;
  };
  RolloutState state;
  state.model = value("RolloutModel");
  if (!state.is_under_way()) return state;
  state.image = value("RolloutImage");
  state.nodes = size_in(value("RolloutNodes"));
  state.weight = size_in(value("RolloutWeight"));
  return state;
}

Snapshot SnapshotReader::read() {
  // A rollout may begin or end meanwhile; the first time the stack has just been read.
  if (has_looked_) fleet_.reload();
  has_looked_ = true;
  Snapshot now;
  now.at = fleet_.clock().now();
  now.stack = fleet_.stack.name;
  now.region = fleet_.session.target.region;
  now.rollout = rollout_state(fleet_.stack);
  now.main = read_group(fleet_.main(), now);
  if (const GroupNames other = fleet_.rollout(); !other.group.empty()) now.rollout_group = read_group(other, now);
  now.notes.insert(now.notes.end(), prices_.faults().begin(), prices_.faults().end());
  return now;
}

Group SnapshotReader::read_group(const GroupNames& names, Snapshot& into) {
  const aws::AutoScalingGroup found = fleet_.require_group(names.group);
  Group group;
  group.name = found.name;
  group.min = size_in(found.min);
  group.desired = size_in(found.desired);
  group.max = size_in(found.max);
  group.suspended = found.suspended;
  if (!found.warm_pool_state.empty()) group.warm = size_in(found.warm_pool_size);
  group.warm_state = found.warm_pool_state;
  for (const aws::GroupInstance& one : found.instances) {
    Node& node = group.nodes.emplace_back();
    node.id = one.id;
    node.type = one.type;
    node.zone = one.zone;
    node.lifecycle = one.lifecycle;
    node.health = one.health;
  }
  add_health(names.target_group, group);
  or_note(fleet_, into, "activities",
          [&] { group.activities = fleet_.autoscaling.describe_activities(group.name, kActivities); });
  or_note(fleet_, into, "instance refresh", [&] {
    const auto refreshes = fleet_.autoscaling.describe_refreshes(group.name, 1);
    if (!refreshes.empty()) group.refresh = refreshes.front();
  });
  add_stages(group, into);
  add_instances(group, into);
  add_measures(group, into);
  add_prices(group);
  return group;
}

void SnapshotReader::add_health(const std::string& target_group, Group& group) {
  if (target_group.empty()) return;
  for (const aws::TargetHealth& target : fleet_.load_balancer.describe_target_health(target_group)) {
    Node& node = node_of(target.id, group);
    node.target = target.state;
    if (target.state != "healthy") node.reason = reason_of(target);
  }
}

/// Only where there is anything to tell: a node that serves is through with it.
void SnapshotReader::add_stages(Group& group, Snapshot& into) {
  const auto is_under_way = [](const Node& node) { return !node.serves() && node.lifecycle != "outside"; };
  if (std::none_of(group.nodes.begin(), group.nodes.end(), is_under_way)) return;
  or_note(fleet_, into, "word on what the nodes do", [&] { stages_.read(fleet_); });
  for (Node& node : group.nodes)
    if (is_under_way(node)) node.stage = stages_.of(node.id);
}

void SnapshotReader::add_instances(Group& group, Snapshot& into) {
  std::vector<std::string> unknown;
  for (const Node& node : group.nodes)
    if (!known_.contains(node.id)) unknown.push_back(node.id);
  or_note(fleet_, into, "ages, and no word on who is Spot", [&] {
    for (const aws::Ec2Instance& one : fleet_.ec2.describe_instances(unknown)) known_[one.id] = one;
  });
  for (Node& node : group.nodes) {
    const auto found = known_.find(node.id);
    if (found == known_.end()) continue;
    node.spot = found->second.spot;
    node.launched = time_in(found->second.launched);
    if (node.type.empty()) node.type = found->second.type;
  }
}

void SnapshotReader::add_measures(Group& group, Snapshot& into) {
  struct Measure {
    const char* metric;
    std::optional<double> Node::*place;
  };
  static constexpr Measure kMeasures[] = {{"Load", &Node::load},
                                          {"TimeToFirstTokenP50", &Node::ttft_p50_ms},
                                          {"Running", &Node::running},
                                          {"Waiting", &Node::waiting}};
  std::vector<aws::MetricQuestion> questions;
  for (const Node& node : group.nodes)
    for (const Measure& measure : kMeasures)
      questions.push_back(
          {kNodeNamespace, measure.metric, {{"AutoScalingGroupName", group.name}, {"InstanceId", node.id}}, "Average"});
  or_note(fleet_, into, "load and times", [&] {
    const auto values = fleet_.cloudwatch.newest_values(questions, into.at, kMeasureAge);
    std::size_t n = 0;
    for (Node& node : group.nodes)
      for (const Measure& measure : kMeasures) node.*measure.place = values.at(n++);
  });
}

void SnapshotReader::add_prices(Group& group) {
  for (Node& node : group.nodes) {
    // An instance costs from its launch on; whether it is Spot has to be known.
    if (!node.spot) continue;
    node.usd_per_hour = *node.spot ? prices_.spot(node.type, node.zone) : prices_.on_demand(node.type);
  }
}

}  // namespace wsdeep::fleet

#include "fleet/drain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/suggest.h"
#include "base/text.h"
#include "fleet/status_text.h"

namespace wsdeep::fleet {
namespace {

bool stands_by(Leave leave) {
  return leave == Leave::kStandby || leave == Leave::kStandbyReplaced;
}

bool shrinks(Leave leave) {
  return leave == Leave::kShrink || leave == Leave::kStandby;
}

const Node* find_node(const Group& group, const std::string& id) {
  const auto found = std::find_if(group.nodes.begin(), group.nodes.end(), [&](const Node& n) { return n.id == id; });
  return found == group.nodes.end() ? nullptr : &*found;
}

const Group& group_of(const Snapshot& now, const std::string& instance) {
  if (find_node(now.main, instance) != nullptr) return now.main;
  if (now.rollout_group && find_node(*now.rollout_group, instance) != nullptr) return *now.rollout_group;
  std::vector<std::string> ids;
  for (const Node& node : now.main.nodes) ids.push_back(node.id);
  const auto near = closest(instance, ids);
  throw Error(ErrorKind::kNotFound,
              fmt::format("'{}' is no node of {}{}", instance, now.main.name,
                          near ? fmt::format(", did you mean '{}'?", *near) : ""),
              ids.empty() ? "it has no nodes" : "its nodes are " + join(ids, ", "));
}

void check_state(const Node& node, Leave leave) {
  if (leave == Leave::kBack && node.lifecycle != "Standby")
    throw Error(ErrorKind::kUsage, fmt::format("{} does not stand by: it is {}", node.id, node.lifecycle),
                "only what was drained with --standby comes back");
  if (stands_by(leave) && node.lifecycle != "InService" && node.lifecycle != "Standby" &&
      node.lifecycle != "EnteringStandby")
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is {}: only a node in service can stand by", node.id, node.lifecycle));
}

void check_room(const Group& group, Leave leave) {
  if (shrinks(leave) && group.desired <= group.min)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} has {} and may have no fewer", group.name, nodes_text(group.desired)),
                leave == Leave::kStandby ? "add --replace, so that it makes another, or lower the bound with: wsdeep "
                                           "fleet scale --min"
                                         : "leave out --shrink, so that it makes another, or lower the bound with: "
                                           "wsdeep fleet scale --min");
  if (leave == Leave::kBack && group.desired >= group.max)
    throw Error(ErrorKind::kUsage, fmt::format("{} has {} and may have no more", group.name, nodes_text(group.desired)),
                "raise the bound with: wsdeep fleet scale --max");
}

/// The plan's group, as it is now.
const Group& group_in(const DrainPlan& plan, const Snapshot& now) {
  return now.rollout_group && now.rollout_group->name == plan.group ? *now.rollout_group : now.main;
}

}  // namespace

DrainPlan plan_drain(const Snapshot& now, const std::string& instance, Leave leave) {
  const Group& group = group_of(now, instance);
  DrainPlan plan;
  plan.group = group.name;
  plan.node = *find_node(group, instance);
  plan.leave = leave;
  plan.under_way = stands_by(leave) ? plan.node.is_standby() : leave != Leave::kBack && plan.node.is_leaving();
  if (plan.under_way) return plan;
  check_state(plan.node, leave);
  check_room(group, leave);
  plan.last_to_serve = leave != Leave::kBack && plan.node.serves() && group.serving() == 1;
  return plan;
}

void begin(Fleet& fleet, const DrainPlan& plan) {
  if (plan.leave == Leave::kBack)
    fleet.autoscaling.exit_standby(plan.group, plan.node.id);
  else if (stands_by(plan.leave))
    fleet.autoscaling.enter_standby(plan.group, plan.node.id, shrinks(plan.leave));
  else
    fleet.autoscaling.terminate(plan.node.id, shrinks(plan.leave));
}

bool is_done(const DrainPlan& plan, const Snapshot& now) {
  const Node* node = find_node(group_in(plan, now), plan.node.id);
  if (plan.leave == Leave::kBack) return node != nullptr && node->serves();
  if (node == nullptr || node->lifecycle == "outside") return true;
  if (stands_by(plan.leave)) return node->lifecycle == "Standby" && (node->target.empty() || node->target == "unused");
  return node->lifecycle == "Terminated";
}

std::string state_in(const DrainPlan& plan, const Snapshot& now) {
  const Node* node = find_node(group_in(plan, now), plan.node.id);
  return fmt::format("{}  {}", plan.node.id, node == nullptr ? "gone" : state_of(*node));
}

}  // namespace wsdeep::fleet

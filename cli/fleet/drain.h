#pragma once

#include <string>

#include "fleet/snapshot.h"

namespace wsdeep::fleet {

/// What becomes of a node that is drained, and of its place.
enum class Leave {
  kReplace,          ///< it ends, and the group makes another
  kShrink,           ///< it ends, and the group is smaller by one
  kStandby,          ///< it stays, without traffic, and the group is smaller by one
  kStandbyReplaced,  ///< it stays, without traffic, and the group makes another
  kBack,             ///< it comes back from standby, and the group is larger by one
};

struct DrainPlan {
  std::string group;
  Node node;
  Leave leave = Leave::kReplace;
  bool under_way = false;  ///< somebody has begun it: it is only followed
  bool last_to_serve = false;
};

/// Throws Error{kNotFound} for what is no node of the fleet, Error{kUsage} for what its group does not allow.
DrainPlan plan_drain(const Snapshot& now, const std::string& instance, Leave leave);
/// Auto Scaling takes the node out of its target group, which lets the running calls end, and tells the node by the
/// instance's metadata (autoscaling/target-lifecycle-state), whereupon it drains itself.
void begin(Fleet& fleet, const DrainPlan& plan);
/// True when the node is where it should be: gone, without traffic, or serving again.
bool is_done(const DrainPlan& plan, const Snapshot& now);
/// `i-…  Terminating:Wait draining`
std::string state_in(const DrainPlan& plan, const Snapshot& now);

}  // namespace wsdeep::fleet

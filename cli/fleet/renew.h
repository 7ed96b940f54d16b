#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/fleet.h"

namespace wsdeep::fleet {

/// Of the nodes in service, those that were started from another launch template than the next one will be.
std::int64_t outdated_nodes(const aws::AutoScalingGroup& group);

/// What a deployment has left to an instance refresh.
struct Renewal {
  std::string group;
  std::int64_t nodes = 0;  ///< that are to be replaced
  bool began = false;      ///< else a refresh runs already, which may not know of the newest launch template
};

/// Where an update of the stack replaces no nodes (stack/settings/node_start.h), an instance refresh does, which has no
/// hour to come to its end in: begins one for each group with outdated nodes, which leaves alone those that are not.
std::vector<Renewal> begin_renewals(Fleet& fleet);

}  // namespace wsdeep::fleet

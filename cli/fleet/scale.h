#pragma once

#include <cstdint>
#include <optional>

#include "fleet/serving.h"
#include "fleet/snapshot.h"

namespace wsdeep::fleet {

struct ScaleRequest {
  std::int64_t nodes = 0;
  std::optional<std::int64_t> min, max;  ///< bounds to set as well
};

/// What a scaling would do.
struct ScalePlan {
  std::string group;
  std::int64_t from = 0, to = 0;
  aws::AutoScaling::Sizes sizes;  ///< what is to be set
  Cost before, after;
  std::size_t nodes_before = 0;
  std::optional<double> usd_per_node;  ///< an hour of one more; a mean, since the group chooses
  ServingWait wait;                    ///< for what is begun after this plan

  bool changes_nothing() const { return !sizes.min && !sizes.max && !sizes.desired; }
};

/// Throws Error{kUsage} for a number outside of the group's bounds, or bounds that contradict each other.
ScalePlan plan_scaling(Fleet& fleet, const Snapshot& now, const ScaleRequest& request);
void scale(Fleet& fleet, const ScalePlan& plan);
/// True when so many nodes serve, and no other comes or goes.
bool is_scaled(const Group& group, std::int64_t nodes);

}  // namespace wsdeep::fleet

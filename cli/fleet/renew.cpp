#include "fleet/renew.h"

#include <algorithm>

#include "base/text.h"
#include "fleet/refresh.h"

namespace wsdeep::fleet {
namespace {

/// False when one runs already.
bool begin_refresh_of(const aws::AutoScalingGroup& group, Fleet& fleet) {
  Group wanted;
  wanted.name = group.name;
  wanted.desired = parse_integer(group.desired, 0, INT64_MAX).value_or(0);
  RefreshOptions options;
  options.only_outdated = true;
  try {
    fleet.autoscaling.start_refresh(refresh_request(wanted, options));
    return true;
  } catch (const aws::ServiceError& error) {
    if (error.code() != "InstanceRefreshInProgress") throw;
    return false;
  }
}

}  // namespace

std::int64_t outdated_nodes(const aws::AutoScalingGroup& group) {
  return std::count_if(group.instances.begin(), group.instances.end(), [&](const aws::GroupInstance& one) {
    return one.lifecycle == "InService" && !group.launch_template.empty() && !one.launch_template.empty() &&
           one.launch_template != group.launch_template;
  });
}

std::vector<Renewal> begin_renewals(Fleet& fleet) {
  std::vector<Renewal> begun;
  for (const std::string& name : {fleet.main().group, fleet.rollout().group}) {
    if (name.empty()) continue;
    const auto group = fleet.autoscaling.describe_group(name);
    const std::int64_t nodes = group ? outdated_nodes(*group) : 0;
    if (nodes > 0) begun.push_back({name, nodes, begin_refresh_of(*group, fleet)});
  }
  return begun;
}

}  // namespace wsdeep::fleet

#include "fleet/refresh.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "fleet/prices.h"
#include "fleet/status_text.h"

namespace wsdeep::fleet {
namespace {

constexpr std::int64_t kWhole = 100;
// Longer than the load balancer needs to find a target healthy: until then the group would count a node in service as
// one that serves, and end the next.
constexpr std::int64_t kWarmupSeconds = 60;

/// The share of one node, rounded up, so that the first checkpoint is reached when the first node is replaced.
std::int64_t share_of_one(std::int64_t nodes) {
  return (kWhole + nodes - 1) / std::max<std::int64_t>(nodes, 1);
}

/// A node that could not be made since the refresh began.
const aws::ScalingActivity* failure_since(const std::string& start, const Group& group) {
  for (const aws::ScalingActivity& one : group.activities) {
    const bool is_new = !start.empty() && one.start >= start.substr(0, 19);
    if (is_new && has_failed(one) && one.description.starts_with("Launching")) return &one;
  }
  return nullptr;
}

std::string way_on(const std::string& status) {
  if (status == "Cancelled") return "begin again with: wsdeep fleet refresh";
  if (status == "RollbackFailed") return "see what stands in the way with: wsdeep fleet status";
  return "correct the cause and begin again with: wsdeep fleet refresh; see the nodes with: wsdeep fleet status";
}

}  // namespace

aws::RefreshRequest refresh_request(const Group& group, const RefreshOptions& options) {
  aws::RefreshRequest request;
  request.group = group.name;
  const std::int64_t nodes = std::max<std::int64_t>(group.desired, 1);
  // AWS rounds the fewest up.
  request.min_healthy = options.old_first ? kWhole * (nodes - 1) / nodes : kWhole;
  request.max_healthy = options.old_first ? kWhole : kWhole + std::clamp<std::int64_t>(kWhole / nodes, 1, kWhole);
  request.checkpoints = options.checkpoints;
  if (request.checkpoints.empty() && group.desired > 1) request.checkpoints = {share_of_one(group.desired)};
  // A refresh ends at its last checkpoint.
  if (!request.checkpoints.empty() && request.checkpoints.back() != kWhole) request.checkpoints.push_back(kWhole);
  request.checkpoint_delay_seconds = options.pause.count();
  request.warmup_seconds = kWarmupSeconds;
  request.skip_matching = options.only_outdated;
  return request;
}

void RefreshFollower::follow(Watch& watch, const std::string& wanted) {
  const auto headline = [](const Snapshot& now) { return refresh_text(now.main.refresh); };
  const Snapshot end = watch.until(headline, [&](const Snapshot& now) { return is_over(now, wanted); });
  const aws::InstanceRefresh& refresh = *end.main.refresh;
  if (!failure_.empty())
    throw Error(ErrorKind::kFailure,
                fmt::format("the refresh was stopped at the first node that could not be made: {}", failure_),
                remedy_ + "; " + way_on("Failed"));
  if (refresh.status != wanted)
    throw Error(ErrorKind::kFailure,
                fmt::format("the refresh ended as {} at {} %{}", refresh.status, refresh.percent,
                            refresh.reason.empty() ? "" : ": " + printable(refresh.reason)),
                way_on(refresh.status));
}

bool RefreshFollower::is_over(const Snapshot& now, const std::string& wanted) {
  const auto& refresh = now.main.refresh;
  if (!refresh || refresh->id != id_) return false;  // it is not listed yet, or this look could not read it
  if (!is_under_way(*refresh)) return true;
  if (wanted == "Successful") stop_at_failure(*refresh, now);
  return false;
}

void RefreshFollower::stop_at_failure(const aws::InstanceRefresh& refresh, const Snapshot& now) {
  if (!failure_.empty() || (refresh.status != "InProgress" && refresh.status != "Pending")) return;
  const aws::ScalingActivity* failed = failure_since(refresh.start, now.main);
  if (failed == nullptr) return;
  failure_ = activity_text(*failed);
  remedy_ = remedy_text(*failed);
  fleet_.autoscaling.cancel_refresh(group_);
}

std::string refresh_text(const std::optional<aws::InstanceRefresh>& refresh) {
  if (!refresh) return "refresh is about to begin";
  return fmt::format("refresh {} {} %, {} to replace{}", refresh->status, refresh->percent, nodes_text(refresh->left),
                     refresh->reason.empty() ? "" : ": " + printable(refresh->reason));
}

}  // namespace wsdeep::fleet

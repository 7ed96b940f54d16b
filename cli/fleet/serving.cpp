#include "fleet/serving.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "fleet/launch_failure.h"
#include "fleet/prices.h"
#include "fleet/status_text.h"

namespace wsdeep::fleet {
namespace {

// Auto Scaling goes from zone to zone: one that lacks capacity says little of the others.
constexpr int kCapacityTries = 3;
constexpr std::size_t kSeconds = 19;  // of `2024-02-19T07:11:42`, which what follows it does not change

bool is_on_its_way(const Node& node) {
  return node.is_coming() && !node.has_failed();
}

/// Of the first node on its way that says one: of any, it shows that something moves.
std::string first_stage(const Group& group) {
  for (const Node& node : group.nodes)
    if (std::string stage = stage_text(node); !stage.empty() && node.is_coming()) return stage;
  return "";
}

std::string waiting_text(const Snapshot& now) {
  const std::string stage = first_stage(now.main);
  return fmt::format("waiting for {} to serve{}", nodes_text(now.main.desired), stage.empty() ? "" : ": " + stage);
}

}  // namespace

ServingWait::ServingWait(const Group& group) {
  for (const aws::ScalingActivity& one : group.activities) known_.insert(one.id);
}

bool ServingWait::counts(const aws::ScalingActivity& activity) const {
  return !known_.contains(activity.id) && activity.start.substr(0, kSeconds) >= since_.substr(0, kSeconds);
}

std::optional<ServingTrouble> ServingWait::trouble_in(const Group& group) const {
  if (is_served(group) || std::any_of(group.nodes.begin(), group.nodes.end(), is_on_its_way)) return std::nullopt;
  for (const Node& node : group.nodes)
    if (node.is_coming())
      return ServingTrouble{fmt::format("{} failed: {}", node.id, node.stage->detail),
                            fmt::format("its journal says why: wsdeep logs --node {}", node.id)};
  const aws::ScalingActivity* newest = nullptr;
  int failures = 0;
  for (const aws::ScalingActivity& one : group.activities) {
    if (!is_launch(one) || !counts(one)) continue;
    if (!has_failed(one)) break;  // it was made, or is being made: what failed before is over
    if (newest == nullptr) newest = &one;
    ++failures;
  }
  if (newest == nullptr) return std::nullopt;
  if (explain_launch(*newest).may_pass && failures < kCapacityTries) return std::nullopt;
  return ServingTrouble{activity_text(*newest), remedy_text(*newest)};
}

ServingEnd ServingWait::until(Watch& watch, const Watch::Headline& headline, const Watch::Over& over) const {
  ServingEnd end;
  end.last = watch.until(headline, [&](const Snapshot& now) {
    if (over(now)) return true;
    end.trouble = trouble_in(now.main);
    return end.trouble.has_value();
  });
  return end;
}

Snapshot ServingWait::run(Watch& watch) const {
  ServingEnd end = until(watch, waiting_text, [](const Snapshot& now) { return is_served(now.main); });
  if (end.trouble)
    throw Error(ErrorKind::kFailure, fmt::format("{}; {}", summary_of(end.last.main), end.trouble->what),
                end.trouble->remedy);
  return end.last;
}

bool is_served(const Group& group) {
  return static_cast<std::int64_t>(group.serving()) >= group.desired;
}

}  // namespace wsdeep::fleet

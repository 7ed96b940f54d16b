#include "fleet/scale.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "fleet/status_text.h"

namespace wsdeep::fleet {
namespace {

void check_bounds(const Group& group, const ScaleRequest& request) {
  const std::int64_t min = request.min.value_or(group.min), max = request.max.value_or(group.max);
  if (min > max)
    throw Error(ErrorKind::kUsage, fmt::format("a fleet of at least {} and at most {} nodes is none", min, max));
  if (request.nodes > max)
    throw Error(
        ErrorKind::kUsage, fmt::format("{} may have at most {}, not {}", group.name, nodes_text(max), request.nodes),
        fmt::format("raise the bound with --max {}, and llm.max of the settings, which the next deployment goes "
                    "by",
                    request.nodes));
  if (request.nodes < min)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} has to have at least {}, not {}", group.name, nodes_text(min), request.nodes),
        fmt::format("lower the bound with --min {}, and llm.min of the settings, which the next deployment goes "
                    "by",
                    request.nodes));
}

/// Of the nodes that have one; where there is no node, the price of what the settings would buy first.
std::optional<double> price_of_a_node(Fleet& fleet, const Group& group) {
  const Cost cost = cost_of(group);
  const std::size_t known = group.nodes.size() - cost.unknown;
  if (known > 0) return cost.usd_per_hour / static_cast<double>(known);
  const auto& settings = fleet.session.target.settings;
  if (!settings || settings->llm.instance_types.empty()) return std::nullopt;
  const std::string& type = settings->llm.instance_types.front();
  Prices prices(fleet);
  return settings->llm.capacity == stack::Capacity::kSpot ? prices.spot(type, "") : prices.on_demand(type);
}

/// Which nodes go, Auto Scaling decides: what is known of each stands for all.
Cost cost_after(const ScalePlan& plan) {
  const auto difference = plan.to - static_cast<std::int64_t>(plan.nodes_before);
  Cost after = plan.before;
  if (plan.usd_per_node) {
    after.usd_per_hour = std::max(0.0, after.usd_per_hour + *plan.usd_per_node * static_cast<double>(difference));
  } else {
    after.unknown = static_cast<std::size_t>(plan.to);
  }
  after.unknown = std::min(after.unknown, static_cast<std::size_t>(plan.to));
  return after;
}

}  // namespace

ScalePlan plan_scaling(Fleet& fleet, const Snapshot& now, const ScaleRequest& request) {
  const Group& group = now.main;
  check_bounds(group, request);
  ScalePlan plan;
  plan.wait = ServingWait(group);
  plan.group = group.name;
  plan.from = group.desired;
  plan.to = request.nodes;
  if (request.min && *request.min != group.min) plan.sizes.min = request.min;
  if (request.max && *request.max != group.max) plan.sizes.max = request.max;
  if (request.nodes != group.desired) plan.sizes.desired = request.nodes;
  plan.before = cost_of(group);
  plan.nodes_before = group.nodes.size();
  plan.usd_per_node = price_of_a_node(fleet, group);
  plan.after = cost_after(plan);
  return plan;
}

void scale(Fleet& fleet, const ScalePlan& plan) {
  if (plan.sizes.min || plan.sizes.max)
    fleet.autoscaling.set_sizes(plan.group, plan.sizes);
  else
    fleet.autoscaling.set_desired(plan.group, plan.to);
}

bool is_scaled(const Group& group, std::int64_t nodes) {
  const auto in_between = [](const Node& node) { return node.is_coming() || node.is_leaving(); };
  return static_cast<std::int64_t>(group.serving()) == nodes &&
         std::none_of(group.nodes.begin(), group.nodes.end(), in_between);
}

}  // namespace wsdeep::fleet

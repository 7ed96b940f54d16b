#include "commands/fleet_json.h"

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "fleet/status_text.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

using FleetJson = nlohmann::ordered_json;

template <typename Value>
FleetJson or_null(const std::optional<Value>& value) {
  return value ? FleetJson(*value) : FleetJson();
}

FleetJson text_or_null(const std::string& text) {
  return text.empty() ? FleetJson() : FleetJson(well_formed_utf8(text));
}

FleetJson node_json(const fleet::Node& node) {
  return {{"id", node.id},
          {"type", text_or_null(node.type)},
          {"zone", text_or_null(node.zone)},
          {"spot", or_null(node.spot)},
          {"launched", node.launched ? FleetJson(iso8601(*node.launched)) : FleetJson()},
          {"lifecycle", node.lifecycle},
          {"health", text_or_null(node.health)},
          {"target", text_or_null(node.target)},
          {"reason", text_or_null(node.reason)},
          {"serves", node.serves()},
          {"stage", node.stage ? text_or_null(node.stage->stage) : FleetJson()},
          {"stageDetail", node.stage ? text_or_null(node.stage->detail) : FleetJson()},
          {"load", or_null(node.load)},
          {"running", or_null(node.running)},
          {"waiting", or_null(node.waiting)},
          {"ttftP50Ms", or_null(node.ttft_p50_ms)},
          {"usdPerHour", or_null(node.usd_per_hour)}};
}

FleetJson activity_json(const aws::ScalingActivity& activity) {
  return {{"description", well_formed_utf8(activity.description)},
          {"status", activity.status},
          {"reason", text_or_null(activity.message)},
          {"start", text_or_null(activity.start)},
          {"end", text_or_null(activity.end)}};
}

FleetJson failure_json(const aws::ScalingActivity* failed) {
  if (failed == nullptr) return {};
  FleetJson json = activity_json(*failed);
  json["remedy"] = text_or_null(fleet::remedy_text(*failed));
  return json;
}

FleetJson refresh_json(const fleet::Group& group) {
  if (!group.refresh) return {};
  return {{"id", group.refresh->id},
          {"status", group.refresh->status},
          {"reason", text_or_null(group.refresh->reason)},
          {"percent", group.refresh->percent},
          {"left", group.refresh->left}};
}

FleetJson group_json(const fleet::Group& group) {
  FleetJson json{{"name", group.name}, {"min", group.min},           {"desired", group.desired},
                 {"max", group.max},   {"serving", group.serving()}, {"suspended", group.suspended}};
  const fleet::Cost cost = fleet::cost_of(group);
  // A sum that leaves nodes out would look like one of all.
  json["usdPerHour"] = cost.unknown == 0 ? FleetJson(cost.usd_per_hour) : FleetJson();
  json["refresh"] = refresh_json(group);
  json["activities"] = FleetJson::array();
  for (const auto& one : group.activities)
    if (fleet::is_under_way(one)) json["activities"].push_back(activity_json(one));
  json["lastFailure"] = failure_json(group.last_failure());
  json["nodes"] = FleetJson::array();
  for (const fleet::Node& node : group.nodes) json["nodes"].push_back(node_json(node));
  return json;
}

FleetJson rollout_json(const fleet::Snapshot& snapshot) {
  if (!snapshot.rollout.is_under_way()) return {};
  return {{"model", well_formed_utf8(snapshot.rollout.model)},
          {"image", text_or_null(snapshot.rollout.image)},
          {"nodes", snapshot.rollout.nodes},
          {"weight", snapshot.rollout.weight},
          {"group", snapshot.rollout_group ? group_json(*snapshot.rollout_group) : FleetJson()}};
}

FleetJson snapshot_json(const fleet::Snapshot& snapshot) {
  return {{"time", iso8601(snapshot.at)},       {"stack", snapshot.stack},           {"region", snapshot.region},
          {"group", group_json(snapshot.main)}, {"rollout", rollout_json(snapshot)}, {"notes", snapshot.notes}};
}

}  // namespace

nlohmann::ordered_json main_group_json(const fleet::Snapshot& snapshot) {
  return group_json(snapshot.main);
}

std::string status_json(const fleet::Snapshot& snapshot) {
  return wire::indented_json(snapshot_json(snapshot)) + "\n";
}

std::string compact_status_json(const fleet::Snapshot& snapshot) {
  return snapshot_json(snapshot).dump();
}

}  // namespace wsdeep::commands

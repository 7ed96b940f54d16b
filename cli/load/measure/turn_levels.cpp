#include "load/measure/turn_levels.h"

#include <algorithm>
#include <variant>

namespace wsdeep::load {

namespace {

bool speaks_of(const Level& level, const std::string& stage, const std::string& node) {
  switch (level.scope) {
    case LevelScope::kStage:
      return level.name == stage;
    case LevelScope::kNode:
      return level.name == node;
    default:
      return true;
  }
}

bool has_to_come(Metric metric) {
  switch (metric) {
    case Metric::kAck:
    case Metric::kAckSent:
    case Metric::kTtft:
    case Metric::kTtftSent:
    case Metric::kTtfa:
    case Metric::kTtfaSent:
      return true;
    default:
      return false;
  }
}

bool is_beyond(const KeptTurn& turn, const Level& level) {
  const auto* quantile = std::get_if<MetricQuantile>(&level.what);
  if (quantile == nullptr || !is_turn_metric(quantile->metric)) return false;
  const Reading reading = read_metric(turn, quantile->metric, turn.end);
  if (reading.kind == Reading::kMissing) return has_to_come(quantile->metric);
  return reading.kind == Reading::kValue && !(static_cast<double>(reading.us) < level.limit);
}

bool is_beyond_already(const KeptTurn& turn, const Level& level, Micros now) {
  const auto* quantile = std::get_if<MetricQuantile>(&level.what);
  if (quantile == nullptr || std::ranges::find(kOpenMetrics, quantile->metric) == kOpenMetrics.end()) return false;
  const Reading reading = read_metric(turn, quantile->metric, now);
  return !(static_cast<double>(reading.us) < level.limit);
}

}  // namespace

bool is_slow(const KeptTurn& turn, const std::vector<Level>& levels, const std::string& stage,
             const std::string& node) {
  return std::ranges::any_of(
      levels, [&](const Level& level) { return speaks_of(level, stage, node) && is_beyond(turn, level); });
}

bool is_slow_already(const KeptTurn& turn, const std::vector<Level>& levels, const std::string& stage, Micros now) {
  return std::ranges::any_of(
      levels, [&](const Level& level) { return speaks_of(level, stage, {}) && is_beyond_already(turn, level, now); });
}

}  // namespace wsdeep::load

#include "load/measure/levels_so_far.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "load/measure/frame_gaps.h"
#include "load/measure/level_results.h"
#include "load/measure/slice_builder.h"

namespace wsdeep::load {

namespace {

constexpr std::array kOfConnections = {Metric::kDns, Metric::kTcp, Metric::kTls, Metric::kUpgrade, Metric::kSignIn};

bool is_of_connections(Metric metric) {
  return std::ranges::find(kOfConnections, metric) != kOfConnections.end();
}

/// Whether it can be said of a run that goes on.
bool is_said_early(const Level& level) {
  const bool whole = level.scope == LevelScope::kWhole;
  if (const auto* quantile = std::get_if<MetricQuantile>(&level.what))
    return is_turn_metric(quantile->metric) ||
           (whole && (quantile->metric == Metric::kFrameGap || is_of_connections(quantile->metric)));
  if (const auto* share = std::get_if<Share>(&level.what)) return *share != Share::kStickiness;
  return whole;
}

std::vector<Metric> metrics_of(const std::vector<Level>& levels) {
  std::vector<Metric> metrics;
  for (const Level& level : levels) {
    const auto* quantile = std::get_if<MetricQuantile>(&level.what);
    // What stalls are a share of are turns with text.
    const Metric metric = quantile != nullptr ? quantile->metric : Metric::kTtft;
    if (is_turn_metric(metric) && std::ranges::find(metrics, metric) == metrics.end()) metrics.push_back(metric);
  }
  return metrics;
}

}  // namespace

LevelsSoFar::LevelsSoFar(const RunLog& log) : log_(log), metrics_(metrics_of(log.options().levels)) {
  so_far_.whole.name = "all";
  for (const Stage& stage : log.stages()) so_far_.stages.emplace_back().name = stage.name;
}

void LevelsSoFar::add(const KeptTurn& turn, Micros now) {
  Window window = log_.measured(now);
  window.from = log_.options().warm_up.value_or(0);
  if (log_.options().levels.empty() || !window.holds(turn.intended)) return;
  for (Slice* slice : {&so_far_.whole, &so_far_.stages[turn.stage], &node_slice(turn.node)}) add_to(*slice, turn, now);
}

/// By its number in the log's table.
Slice& LevelsSoFar::node_slice(std::size_t node) {
  while (so_far_.nodes.size() <= node) {
    std::string name = node_or_none(log_.nodes().name(so_far_.nodes.size()));
    so_far_.nodes.emplace_back().name = std::move(name);
  }
  return so_far_.nodes[node];
}

void LevelsSoFar::add_to(Slice& slice, const KeptTurn& turn, Micros now) const {
  count_turn(slice.tally, turn, log_.reason_of(turn));
  for (const Metric metric : metrics_)
    add_reading(slice.metrics[static_cast<std::size_t>(metric)], read_metric(turn, metric, now));
  if (turn.has_text() && turn.stalled(now)) ++slice.stalled_turns;
}

/// What is not counted turn by turn.
void LevelsSoFar::set_whole(Micros now, const Rates& rates) {
  Slice& whole = so_far_.whole;
  whole.to = now;
  whole.goodput = rates.goodput;
  whole.output_rate = rates.tokens;
  const auto counted_by = log_.counted_by();
  whole.counted_by = counted_by.value_or(TokenCount::kNone);
  whole.counts_mixed = !counted_by;
  Distribution& gaps = whole.metrics[static_cast<std::size_t>(Metric::kFrameGap)];
  gaps.values = log_.frame_gaps().measured();
  gaps.of = gaps.values.count();
  for (const Metric metric : kOfConnections) whole.metrics[static_cast<std::size_t>(metric)] = {};
  log_.connections().add_to(whole.metrics);
}

std::vector<LevelResult> LevelsSoFar::judge(Micros now, const Rates& rates) {
  const std::vector<Level>& levels = log_.options().levels;
  if (levels.empty()) return {};
  set_whole(now, rates);
  std::vector<LevelResult> results;
  for (const Level& level : levels) {
    if (!is_said_early(level)) {
      results.push_back({.level = level, .where = "all", .why = "told at the end"});
      continue;
    }
    for (LevelResult& result : judge_levels({level}, so_far_)) results.push_back(std::move(result));
  }
  return results;
}

}  // namespace wsdeep::load

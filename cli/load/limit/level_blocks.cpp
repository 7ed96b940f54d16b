#include "load/limit/level_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <variant>

#include "base/error.h"
#include "load/measure/bad_count.h"

namespace wsdeep::load {
namespace {

/// So few beyond a threshold would say nothing of how they came.
constexpr std::uint64_t kFewestForClusters = 20;

using CountIn = std::function<BadCount(const Slice&)>;

std::vector<BlockCount> count_blocks(const CountedRuns& runs, bool doubtful, const CountIn& count) {
  std::vector<BlockCount> blocks;
  for (const Result* run : runs)
    for (const Slice& stage : run->summary.stages)
      if (const BadCount bad = count(stage); bad.of > 0)
        blocks.push_back({.beyond = bad.bad + (doubtful ? bad.perhaps : 0), .of = bad.of});
  return blocks;
}

BadCount count_beyond(const Level& level, const Slice& slice) {
  if (const auto* share = std::get_if<Share>(&level.what)) return bad_of(*share, slice);
  const auto& quantile = std::get<MetricQuantile>(level.what);
  return longer_than(slice.of(quantile.metric), static_cast<std::int64_t>(level.limit));
}

[[noreturn]] void refuse_level(const Level& level, std::string_view why) {
  throw Error(ErrorKind::kUsage, fmt::format("'{}' is no level for a search: {}", level.text, why));
}

/// A search looks for the highest load: what is asked for has to become worse with it.
void check_direction(const Level& level) {
  const auto* share = std::get_if<Share>(&level.what);
  const bool of_good = share != nullptr && *share == Share::kGood;
  if (level.below == of_good) refuse_level(level, "it asks for what more load makes worse, or has no bound");
}

}  // namespace

double allowed_share(const Level& level) {
  if (const auto* quantile = std::get_if<MetricQuantile>(&level.what)) return 1 - quantile->share;
  return level.below ? level.limit : 1 - level.limit;
}

void check_search_levels(const std::vector<Level>& levels) {
  for (const Level& level : levels) {
    if (level.scope != LevelScope::kWhole)
      refuse_level(level, "it speaks of a part of a run, whose blocks are too few");
    if (std::holds_alternative<Rate>(level.what)) refuse_level(level, "a rate grows with the load that is sent");
    if (const auto* share = std::get_if<Share>(&level.what); share != nullptr && *share == Share::kStickiness)
      refuse_level(level, "stickiness is known of whole runs alone");
    check_direction(level);
  }
}

std::vector<BlockCount> blocks_beyond(const Level& level, const CountedRuns& runs, bool doubtful) {
  return count_blocks(runs, doubtful, [&](const Slice& slice) { return count_beyond(level, slice); });
}

double clustered_turns(const Level& level, const CountedRuns& runs) {
  const double at_level = cluster_size(blocks_beyond(level, runs, false));
  const auto* quantile = std::get_if<MetricQuantile>(&level.what);
  if (quantile == nullptr) return at_level;
  Distribution all;
  for (const Result* run : runs) all.add(run->summary.whole.of(quantile->metric));
  const auto counted = static_cast<double>(all.counted());
  if (counted < 2 * kFewestForClusters) return at_level;
  const double slowest = std::max(1 - quantile->share, static_cast<double>(kFewestForClusters) / counted);
  const std::int64_t own = all.quantile(1 - slowest)->value;
  return std::max(at_level, cluster_size(count_blocks(runs, false, [&](const Slice& slice) {
                    return longer_than(slice.of(quantile->metric), own);
                  })));
}

}  // namespace wsdeep::load

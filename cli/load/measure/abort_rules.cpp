#include "load/measure/abort_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "load/measure/level_results.h"
#include "load/measure/window.h"

namespace wsdeep::load {

namespace {

std::string value_in_words(const LevelResult& result) {
  const double value = result.value.value_or(0);
  if (std::holds_alternative<MetricQuantile>(result.level.what)) return fmt::format("{:.0f} ms", value / 1000);
  if (std::holds_alternative<Share>(result.level.what)) return fmt::format("{:.1f} %", value * 100);
  return fmt::format("{:.2f}/s", value);
}

}  // namespace

AbortRules::AbortRules(std::vector<Level> rules) : levels_(std::move(rules)) {
  for (Level& level : levels_) level.below = !level.below;
}

std::optional<std::string> AbortRules::broken(const Summary& recent) const {
  if (Window{recent.whole.from, recent.whole.to}.length() < kRecentTime) return std::nullopt;
  const auto results = judge_levels(levels_, recent);
  const auto missed = std::ranges::find(results, Judgement::kMissed, &LevelResult::judgement);
  if (missed == results.end()) return std::nullopt;
  return fmt::format("{} ({}, in the last ten seconds: {})", missed->level.text, missed->where,
                     value_in_words(*missed));
}

}  // namespace wsdeep::load

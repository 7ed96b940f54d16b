#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "load/measure/metric.h"
#include "load/plan/schedule.h"

namespace wsdeep::load {

/// What a service level or an abort rule speaks of.
struct MetricQuantile {
  Metric metric;
  double share;  ///< 0.99
};
enum class Share {
  kGood,
  kErrors,
  kRefused,
  kStalls,
  kStickiness
};                                      ///< `good_share`, `error_share`, `refused_share`, `stall_rate`, `stickiness`
enum class Rate { kGoodput, kTokens };  ///< `goodput` (turns a second), `output_rate` (tokens a second)

/// Which part of the run a level speaks of.
enum class LevelScope { kWhole, kStage, kEachStage, kNode, kEachNode };

/// `ttft_p99<800ms`, `good_share>99%`, `goodput>20/s`; `stage 2: ttft_p99<1s`, `each node: good_share>95%`.
struct Level {
  std::string text;  ///< as it was given
  std::variant<MetricQuantile, Share, Rate> what;
  bool below = true;  ///< the value has to be below the limit
  double limit = 0;   ///< µs, a share from 0 to 1, or per second
  LevelScope scope = LevelScope::kWhole;
  std::string name{};  ///< of the one stage or node
};

/// Reads a level (`--slo`): what has to hold. Throws Error{kUsage} that quotes it and says what may stand there.
Level parse_level(std::string_view text);
/// Reads a rule of the same form (`--abort-on`): what ends the run when it holds for the last ten seconds.
Level parse_abort_rule(std::string_view text);

/// Throws Error{kUsage} when a level speaks of a stage that the run has not, or of times between tokens where it cannot
/// see them (`exact_itl`: letter A can be had).
void check_levels(const std::vector<Level>& levels, const std::vector<Stage>& stages, bool exact_itl);

}  // namespace wsdeep::load

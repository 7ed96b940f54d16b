#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "load/measure/metric.h"

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

/// `ttft_p99<800ms`, `good_share>99%`, `goodput>20/s`.
struct Level {
  std::string text;  ///< as it was given
  std::variant<MetricQuantile, Share, Rate> what;
  bool below = true;  ///< the value has to be below the limit
  double limit = 0;   ///< µs, a share from 0 to 1, or per second
  std::optional<int> stage{};
  std::string node{};  ///< empty: all of them
};

/// Reads a level. Throws Error{kUsage} that quotes it and says what may stand there; a stage or a node goes before:
/// `stage 2: ttft_p99<1s`, `each stage: …`, `each node: …` are told apart by the caller's summary.
Level parse_level(std::string_view text);

}  // namespace wsdeep::load

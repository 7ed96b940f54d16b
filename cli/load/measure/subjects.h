#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "load/measure/metric.h"

namespace wsdeep::load {

struct MetricQuantile {
  Metric metric;
  double share;  ///< 0.99

  bool operator==(const MetricQuantile&) const = default;
};
enum class Share {
  kGood,
  kErrors,
  kRefused,
  kStalls,
  kStickiness
};                                      ///< `good_share`, `error_share`, `refused_share`, `stall_rate`, `stickiness`
enum class Rate { kGoodput, kTokens };  ///< `goodput` (turns a second), `output_rate` (tokens a second)

/// What a service level, an abort rule or a comparison may speak of.
using SubjectKind = std::variant<MetricQuantile, Share, Rate>;

/// One of them, by its name: `ttft_p99`, `good_share`, `goodput`.
struct Subject {
  std::string name;
  SubjectKind what;
  bool more_is_better = false;

  bool operator==(const Subject&) const = default;
};

std::optional<Subject> subject_named(std::string_view name);
/// For `did you mean`: all but other percentiles than p99.
std::vector<std::string> subject_names();
/// What may be named, in one sentence's end: `a metric's percentile such as …, or good_share, …`.
std::string_view subjects_in_words();

/// `_us`, `_share`, `_per_s`: the unit of its value, as files name it.
std::string_view unit_of(const SubjectKind& what);

}  // namespace wsdeep::load

#include "load/compare/pooled.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "load/compare/compare.h"
#include "load/compare/difference.h"
#include "load/measure/level_results.h"
#include "load/measure/moments.h"

namespace wsdeep::load {
namespace {

constexpr double kTailShare = 0.95;
/// With fewer runs a percentile above that has no interval.
constexpr std::size_t kLeastRunsForTail = 10;
constexpr std::array<std::string_view, 12> kPooledSubjects = {"ttft_p50",   "ttft_p90",    "ttft_p99", "e2e_p50",
                                                              "e2e_p99",    "tpot_p50",    "tpot_p99", "upgrade_p50",
                                                              "good_share", "error_share", "goodput",  "output_rate"};

using PooledRuns = std::vector<const Result*>;

/// Around `centre`, as wide as the spread of `values` says of their mean.
ConfidenceInterval interval_over(const std::vector<double>& values, double centre) {
  const double half_width = half_width_around(values, mean_of(values));
  return {centre - half_width, centre + half_width};
}

/// All runs but one; `without` may be past the last.
Distribution pool_of(const PooledRuns& runs, Metric metric, std::size_t without) {
  Distribution pool;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (i != without) pool.add(runs[i]->summary.whole.of(metric));
  return pool;
}

/// By pseudo-values of the logarithm, K·θ − (K − 1)·θ without run i: what each run alone adds to the pooled percentile.
std::optional<ConfidenceInterval> jackknife(const PooledRuns& runs, const MetricQuantile& what, double value) {
  const auto count = static_cast<double>(runs.size());
  std::vector<double> pseudo;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto others = pool_of(runs, what.metric, i).quantile(what.share);
    if (!others || others->more_than || others->value <= 0) return std::nullopt;
    pseudo.push_back(count * std::log(value) - (count - 1) * std::log(static_cast<double>(others->value)));
  }
  const ConfidenceInterval logs = interval_over(pseudo, std::log(value));
  return ConfidenceInterval{std::exp(logs.low), std::exp(logs.high)};
}

std::optional<std::vector<double>> values_of(const Subject& subject, const PooledRuns& runs) {
  std::vector<double> values;
  for (const Result* run : runs) {
    const auto value = value_of(subject, run->summary);
    if (!value) return std::nullopt;
    values.push_back(value->value);
  }
  return values;
}

std::string why_no_interval(std::size_t runs, const SubjectKind& what) {
  const auto* quantile = std::get_if<MetricQuantile>(&what);
  const std::size_t needed = quantile != nullptr && quantile->share > kTailShare ? kLeastRunsForTail : kLeastRuns;
  if (runs >= needed) return "";
  return fmt::format("{} {}: no interval, which takes {}", runs, runs == 1 ? "run" : "runs", needed);
}

void pool_percentile(PooledFigure& figure, const MetricQuantile& what, const PooledRuns& runs) {
  const auto pooled = pool_of(runs, what.metric, runs.size()).quantile(what.share);
  figure.value = static_cast<double>(pooled->value);
  figure.more_than = pooled->more_than;
  if (!figure.no_interval.empty()) return;
  if (!figure.more_than && pooled->value > 0) figure.interval = jackknife(runs, what, *figure.value);
  if (!figure.interval) figure.no_interval = "turns that had not ended leave it open";
}

/// Shares of as many turns each, and rates of windows of one length: the mean of the runs' values.
void pool_mean(PooledFigure& figure, const std::vector<double>& values) {
  figure.value = mean_of(values);
  if (figure.no_interval.empty()) figure.interval = interval_over(values, *figure.value);
}

/// By a comparison of this one figure with as many runs that spread alike.
std::optional<double> detectable_of(const Subject& subject, std::vector<double> values) {
  const bool ratio = is_ratio(subject);
  if (values.size() < kLeastRuns || (ratio && std::ranges::min(values) <= 0)) return std::nullopt;
  if (ratio)
    for (double& value : values) value = std::log(value);
  const auto least = Difference(values, values).detectable(kFalseAlarms);
  if (!least) return std::nullopt;
  return ratio ? std::expm1(*least) : *least;
}

std::optional<PooledFigure> pooled_figure(const Subject& subject, const PooledRuns& runs) {
  const auto values = values_of(subject, runs);
  if (!values) return std::nullopt;
  PooledFigure figure{.subject = subject, .no_interval = why_no_interval(runs.size(), subject.what)};
  if (const auto* what = std::get_if<MetricQuantile>(&subject.what))
    pool_percentile(figure, *what, runs);
  else
    pool_mean(figure, *values);
  figure.detectable = detectable_of(subject, *values);
  return figure;
}

}  // namespace

std::vector<PooledFigure> pooled_figures(const std::vector<const Result*>& runs) {
  std::vector<PooledFigure> figures;
  if (runs.empty()) return figures;
  for (const std::string_view name : kPooledSubjects)
    if (auto figure = pooled_figure(*subject_named(name), runs)) figures.push_back(std::move(*figure));
  return figures;
}

}  // namespace wsdeep::load

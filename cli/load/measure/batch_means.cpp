#include "load/measure/batch_means.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "load/measure/moments.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kBatches = 20;
/// Between neighbouring batches; independent ones come to half of that once in a hundred times.
constexpr double kMostCorrelation = 0.6;

double median_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  if (sorted.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(sorted.begin(), middle)) / 2;
}

double correlation_of_neighbours(std::span<const double> values, double mean) {
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

template <typename Of>
std::vector<double> each_batch(std::span<const double> series, Of of) {
  std::vector<double> values;
  for (std::size_t i = 0; i < kBatches; ++i) {
    const std::size_t from = series.size() * i / kBatches;
    values.push_back(of(series.subspan(from, series.size() * (i + 1) / kBatches - from)));
  }
  return values;
}

}  // namespace

BatchMeans batch_means(const std::vector<double>& series) {
  BatchMeans out;
  if (series.empty()) return {.no_interval = "nothing was measured"};
  out.mean.value = mean_of(series);
  out.median.value = median_of(series);
  if (series.size() < kLeastForInterval) {
    out.no_interval = fmt::format("{} values, and an interval takes {}", series.size(), kLeastForInterval);
    return out;
  }
  const std::vector<double> means = each_batch(series, mean_of);
  const double of_means = variance_around(means, out.mean.value);
  const auto count = static_cast<double>(series.size());
  out.batches = kBatches;
  out.n_eff = of_means > 0
                  ? std::min(count, variance_around(series, out.mean.value) * static_cast<double>(kBatches) / of_means)
                  : count;
  if (correlation_of_neighbours(means, out.mean.value) > kMostCorrelation) {
    out.no_interval = "even a twentieth of the run depends on the one before: run longer, or at a lower rate";
    return out;
  }
  out.mean.half_width = half_width_around(means, out.mean.value);
  out.median.half_width = half_width_around(each_batch(series, median_of), out.median.value);
  return out;
}

}  // namespace wsdeep::load

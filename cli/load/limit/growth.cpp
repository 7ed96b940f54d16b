#include "load/limit/growth.h"

#include <cstddef>
#include <numeric>
#include <optional>
#include <vector>

#include "load/measure/moments.h"
#include "load/measure/statistics.h"
#include "load/measure/student_t.h"

namespace wsdeep::load {
namespace {

constexpr double kChanceOfRise = 0.005;
constexpr std::size_t kFewestOfSeries = 5;

/// Whether a series goes up: its slope is beyond chance (99.5 %), and the rise as large as its mean.
bool rises(const std::vector<double>& series) {
  const std::size_t n = series.size();
  if (n < kFewestOfSeries) return false;
  std::vector<double> at(n);
  std::iota(at.begin(), at.end(), 0.0);
  const std::optional<Fit> line = least_squares({std::vector<double>(n, 1.0), at}, series);
  if (!line) return false;
  const double mean = mean_of(series);
  const double slope = line->coefficients[1];
  if (slope * static_cast<double>(n - 1) < mean) return false;
  return slope > line->standard_errors[1] * student_t_quantile(1 - kChanceOfRise, static_cast<double>(n - 2));
}

}  // namespace

bool grows(const Result& run) {
  std::vector<double> in_flight;
  std::vector<double> first_texts;
  for (const Slice& block : run.summary.stages) {
    if (block.tally.attempts == 0) continue;
    in_flight.push_back(block.mean_in_flight);
    first_texts.push_back(block.of(Metric::kTtft).values.mean());
  }
  return rises(in_flight) && rises(first_texts);
}

}  // namespace wsdeep::load

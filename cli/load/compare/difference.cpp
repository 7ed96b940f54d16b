#include "load/compare/difference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

#include "load/measure/moments.h"
#include "load/measure/student_t.h"

// If both sides are the same, each way of giving the n runs to A and B was as likely as the one that happened: the
// share of the ways that show at least as large a difference of the means is an exact p-value, whatever the runs'
// distribution is. With five runs a side there are 252 ways, so that p is 2/252 = 0.008 at the least, of both sides.
//
// If B is larger by δ, the same holds of the values B − δ. A way that gives k runs of A (mean I) to B for k runs of B
// (mean J) shows as large a difference as the true one exactly where δ ≥ J − I. So the sorted list of J − I over all
// ways has every p-value, by counting, and every interval, by rank: below the sixth of 251 such steps p is 6/252 ≤
// 2.5 %, so that the 95 % interval begins there, and it ends at the sixth from above.

namespace wsdeep::load {
namespace {

constexpr std::size_t kMostRunsExact = 20;
constexpr double kLevel = 0.05;
constexpr double kPower = 0.8;

/// J − I of the way in which B gets the runs of `chosen`, a bit for each of A and, above them, of B.
double step_of(std::uint32_t chosen, const std::vector<double>& a, const std::vector<double>& b) {
  double given = 0;
  double taken = 0;
  int swapped = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((chosen >> i & 1U) != 0) {
      taken += a[i];
      ++swapped;
    }
  for (std::size_t i = 0; i < b.size(); ++i)
    if ((chosen >> (a.size() + i) & 1U) == 0) given += b[i];
  return (given - taken) / swapped;
}

std::vector<double> steps_of(const std::vector<double>& a, const std::vector<double>& b) {
  const std::size_t runs = a.size() + b.size();
  if (runs > kMostRunsExact) return {};
  const std::uint32_t as_it_was = ((1U << b.size()) - 1) << a.size();
  std::vector<double> steps;
  for (std::uint32_t chosen = 0; chosen < 1U << runs; ++chosen)
    if (static_cast<std::size_t>(std::popcount(chosen)) == b.size() && chosen != as_it_was)
      steps.push_back(step_of(chosen, a, b));
  std::sort(steps.begin(), steps.end());
  return steps;
}

/// Rounding must not part what is equal.
double tie_of(double value) {
  return 1e-12 * std::max(1.0, std::abs(value));
}

double welch_part(const std::vector<double>& values) {
  return values.size() < 2 ? 0 : variance_around(values, mean_of(values)) / static_cast<double>(values.size());
}

}  // namespace

Difference::Difference(std::vector<double> a, std::vector<double> b) : a_(std::move(a)), b_(std::move(b)) {
  steps_ = steps_of(a_, b_);
  const double part_a = welch_part(a_);
  const double part_b = welch_part(b_);
  standard_error_ = std::sqrt(part_a + part_b);
  const double spread = part_a * part_a / std::max(1.0, static_cast<double>(a_.size()) - 1) +
                        part_b * part_b / std::max(1.0, static_cast<double>(b_.size()) - 1);
  degrees_ = spread > 0 ? (part_a + part_b) * (part_a + part_b) / spread : 1;
}

double Difference::estimate() const {
  return mean_of(b_) - mean_of(a_);
}

double Difference::p_above(double least) const {
  if (exact()) {
    const auto beyond = std::ranges::upper_bound(steps_, least + tie_of(least)) - steps_.begin();
    return static_cast<double>(1 + beyond) / static_cast<double>(1 + steps_.size());
  }
  const double distance = estimate() - least;
  if (standard_error_ == 0) return distance > 0 ? 0 : 1;
  const double beyond = student_t_beyond(distance / standard_error_, degrees_) / 2;
  return distance > 0 ? beyond : 1 - beyond;
}

double Difference::p_below(double most) const {
  if (!exact()) return 1 - p_above(most);
  const auto beyond = steps_.end() - std::ranges::lower_bound(steps_, most - tie_of(most));
  return static_cast<double>(1 + beyond) / static_cast<double>(1 + steps_.size());
}

std::optional<ConfidenceInterval> Difference::interval() const {
  if (!exact()) {
    const double half_width = student_t_quantile(1 - kLevel / 2, degrees_) * standard_error_;
    return ConfidenceInterval{estimate() - half_width, estimate() + half_width};
  }
  const auto rank = static_cast<std::size_t>(kLevel / 2 * static_cast<double>(1 + steps_.size()));
  if (rank == 0) return std::nullopt;
  return ConfidenceInterval{steps_[rank - 1], steps_[steps_.size() - rank]};
}

/// The largest p, not above `alpha`, that a test of both sides can have.
double Difference::attainable(double alpha) const {
  if (!exact()) return alpha;
  const auto ways = static_cast<double>(1 + steps_.size());
  return 2 * std::floor(alpha / 2 * ways) / ways;
}

std::optional<double> Difference::detectable(double alpha) const {
  const double degrees = static_cast<double>(a_.size() + b_.size()) - 2;
  const double reached = attainable(alpha);
  if (degrees <= 0 || reached <= 0) return std::nullopt;
  const double variance = (squares_around(a_, mean_of(a_)) + squares_around(b_, mean_of(b_))) / degrees;
  const double error = std::sqrt(variance / static_cast<double>(a_.size()) + variance / static_cast<double>(b_.size()));
  return (student_t_quantile(1 - reached / 2, degrees) + student_t_quantile(kPower, degrees)) * error;
}

std::vector<double> holm(const std::vector<double>& ps) {
  std::vector<std::size_t> order(ps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return ps[i]; });
  std::vector<double> adjusted(ps.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, ps[order[rank]] * static_cast<double>(ps.size() - rank)));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace wsdeep::load

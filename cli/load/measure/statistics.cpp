#include "load/measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wsdeep::load {

namespace {

constexpr std::size_t kBatch = 5;
/// Of series without any warm-up at all, one in ten of twelve batches seems to have no steady part; of forty, one in
/// fifty to one in two hundred does.
constexpr std::size_t kFewestBatches = 40;
constexpr double kDoubt = 0.05;

std::vector<double> batch_means(std::span<const double> series) {
  std::vector<double> means;
  for (std::size_t at = 0; at + kBatch <= series.size(); at += kBatch) {
    const auto batch = series.subspan(at, kBatch);
    means.push_back(std::accumulate(batch.begin(), batch.end(), 0.0) / kBatch);
  }
  return means;
}

/// s²/(n−d)² for each cut d, from the back, by Welford's update of the mean and of the squares around it.
std::vector<double> mser_of_cuts(const std::vector<double>& means) {
  std::vector<double> mser(means.size());
  double mean = 0, squares = 0;
  for (std::size_t rest = 1; rest <= means.size(); ++rest) {
    const double value = means[means.size() - rest];
    const double step = value - mean;
    mean += step / static_cast<double>(rest);
    squares += step * (value - mean);
    mser[means.size() - rest] = squares / (static_cast<double>(rest) * static_cast<double>(rest));
  }
  return mser;
}

using Column = std::vector<double>;

double dot(const Column& a, const Column& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// a − factor · b
void subtract(Column& a, double factor, const Column& b) {
  std::ranges::transform(a, b, a.begin(), [factor](double x, double y) { return x - factor * y; });
}

/// X = QR by modified Gram-Schmidt: the columns become Q's, and R is returned; nothing when nearly all of a column lies
/// in those before it.
std::optional<std::vector<Column>> factorize(std::vector<Column>& columns) {
  constexpr double kNothingLeft = 1e-8;
  std::vector<Column> r(columns.size(), Column(columns.size()));
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const double whole = std::sqrt(dot(columns[j], columns[j]));
    for (std::size_t i = 0; i < j; ++i) {
      r[i][j] = dot(columns[i], columns[j]);
      subtract(columns[j], r[i][j], columns[i]);
    }
    r[j][j] = std::sqrt(dot(columns[j], columns[j]));
    if (!(r[j][j] > kNothingLeft * whole)) return std::nullopt;
    for (double& value : columns[j]) value /= r[j][j];
  }
  return r;
}

/// Solves R x = c, where R is upper triangular.
Column solve_upper(const std::vector<Column>& r, Column c) {
  for (std::size_t i = r.size(); i-- > 0;) {
    for (std::size_t j = i + 1; j < r.size(); ++j) c[i] -= r[i][j] * c[j];
    c[i] /= r[i][i];
  }
  return c;
}

}  // namespace

std::optional<Truncation> mser5(std::span<const double> series) {
  const std::vector<double> means = batch_means(series);
  if (means.size() < kFewestBatches) return std::nullopt;
  const std::vector<double> mser = mser_of_cuts(means);
  const std::size_t last = means.size() / 2;
  const auto best = std::min_element(mser.begin(), mser.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  const auto cut = static_cast<std::size_t>(best - mser.begin());
  return Truncation{cut * kBatch, cut < last};
}

std::optional<Fit> least_squares(std::vector<std::vector<double>> columns, std::vector<double> y) {
  const std::size_t unknowns = columns.size();
  if (y.size() <= unknowns) return std::nullopt;
  const auto r = factorize(columns);
  if (!r) return std::nullopt;
  Column projections;
  for (const Column& column : columns) {
    projections.push_back(dot(column, y));
    subtract(y, projections.back(), column);
  }
  const double variance = dot(y, y) / static_cast<double>(y.size() - unknowns);
  Fit fit{solve_upper(*r, projections), Column(unknowns)};
  for (std::size_t j = 0; j < unknowns; ++j) {
    Column unit(unknowns);
    unit[j] = 1;
    const Column inverse = solve_upper(*r, unit);
    for (std::size_t i = 0; i < unknowns; ++i) fit.standard_errors[i] += variance * inverse[i] * inverse[i];
  }
  for (double& error : fit.standard_errors) error = std::sqrt(error);
  return fit;
}

std::uint64_t least_count(double share) {
  return static_cast<std::uint64_t>(std::ceil(std::log(kDoubt) / std::log(share)));
}

double chance_of_at_least(std::uint64_t hits, std::uint64_t trials, double chance) {
  if (hits == 0) return 1;
  if (hits > trials || chance <= 0) return 0;
  if (chance >= 1) return 1;
  const auto n = static_cast<double>(trials);
  double sum = 0;
  for (std::uint64_t k = hits; k <= trials; ++k) {
    const auto x = static_cast<double>(k);
    const double ways = std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1);
    const double term = std::exp(ways + x * std::log(chance) + (n - x) * std::log1p(-chance));
    sum += term;
    if (x > n * chance && term < 1e-12 * sum) break;
  }
  return std::min(sum, 1.0);
}

}  // namespace wsdeep::load

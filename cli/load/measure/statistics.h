#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wsdeep::load {

/// Where a series' steady part begins.
struct Truncation {
  std::size_t cut = 0;  ///< so many observations come before it
  bool found = true;    ///< false: the best cut is the last one allowed, so there may be no steady part
};

/// MSER-5: of the means of batches of five, the cut d ≤ n/2 that minimises s²/(n−d)², which is the squared error of the
/// mean of what remains. White (1997). Nothing of a series of fewer than forty batches.
std::optional<Truncation> mser5(std::span<const double> series);

/// A linear model's coefficients by ordinary least squares, with their standard errors.
struct Fit {
  std::vector<double> coefficients;
  std::vector<double> standard_errors;
};

/// Regression of `y` on columns as long as it; a constant, if wanted, is one of them. Nothing when they do not
/// determine the coefficients: one depends on the others, or there are no more observations than columns.
std::optional<Fit> least_squares(std::vector<std::vector<double>> columns, std::vector<double> y);

/// The fewest of which a quantile can be said at all: with fewer, all may lie below it with more than 5 % chance.
/// 299 at p99.
std::uint64_t least_count(double share);

/// The chance of at least `hits` of `trials` that each hit with `chance`, independently.
double chance_of_at_least(std::uint64_t hits, std::uint64_t trials, double chance);

}  // namespace wsdeep::load

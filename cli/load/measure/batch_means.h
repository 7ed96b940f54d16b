#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wsdeep::load {

/// A value that was estimated from a series whose members depend on each other, and how sure it is.
struct Estimate {
  double value = 0;
  std::optional<double> half_width{};  ///< of the 95 % interval; nothing: it cannot be said
  bool operator==(const Estimate&) const = default;
};

/// Mean and median of a series in order of time, with intervals from the means (medians) of its batches by Student's t:
/// neighbours depend on each other, batches hardly do. (A bootstrap over the members would take them for independent,
/// and its interval for much too narrow.)
struct BatchMeans {
  Estimate mean{};
  Estimate median{};
  std::uint64_t batches = 0;
  double n_eff = 0;           ///< so many independent members would know the mean as well
  std::string no_interval{};  ///< why there is none
};

/// Of an empty series: zeros and no interval.
BatchMeans batch_means(const std::vector<double>& series);
/// With fewer there is no interval.
inline constexpr std::uint64_t kLeastForInterval = 100;

}  // namespace wsdeep::load

#pragma once

#include <cstdint>
#include <optional>

#include "load/measure/histogram.h"

namespace wsdeep::load {

/// A percentile as it may be said: of a run with unfinished turns perhaps only that it is more than something.
struct Quantile {
  std::int64_t value = 0;
  bool more_than = false;  ///< the rank falls among what was censored: `> value`

  bool operator==(const Quantile&) const = default;
};

/// What was measured of one thing: of `counted()` of `of` attempts. Those that had not come so far when the run ended
/// count with their age, as lower bounds: ending a run early cannot make its percentiles better.
struct Distribution {
  Histogram values;
  Histogram censored;
  std::uint64_t of = 0;  ///< attempts at which it could have been measured

  std::uint64_t counted() const { return values.count() + censored.count(); }
  /// At rank ⌈share·counted⌉; nothing when nothing was counted.
  std::optional<Quantile> quantile(double share) const;
  void add(const Distribution& other);
};

}  // namespace wsdeep::load

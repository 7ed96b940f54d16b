#pragma once

#include <cstdint>
#include <optional>

#include "load/measure/histogram.h"

namespace wsdeep::load {

/// A percentile as it may be said: of a run with unfinished turns perhaps only that it is more than something.
struct Quantile {
  std::int64_t value = 0;
  bool more_than = false;  ///< `> value`: what had not ended might yet have made it more

  bool operator==(const Quantile&) const = default;
};

/// What was measured of one thing: of `counted()` of `of` attempts. Those that had not come so far when the run ended
/// count with their age, as lower bounds: ending a run early cannot make its percentiles better.
struct Distribution {
  Histogram values;
  Histogram censored;
  std::uint64_t of = 0;  ///< attempts at which it could have been measured

  std::uint64_t counted() const { return values.count() + censored.count(); }
  /// At rank r = ⌈share·counted⌉ among the values and the lower bounds together; nothing when nothing was counted. It
  /// is a value only when r values lie up to there without a bound being needed, so that whatever the unfinished ones
  /// would have become changes nothing; else it is `> value`, of which the unfinished ones may be any more.
  std::optional<Quantile> quantile(double share) const;
  void add(const Distribution& other);
};

}  // namespace wsdeep::load

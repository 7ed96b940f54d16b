#pragma once

#include <algorithm>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

inline constexpr Micros kOneSecond = 1'000'000;

/// What is told of a run while it goes on is of so long before.
inline constexpr Micros kRecentTime = 10 * kOneSecond;

/// A part of the run, on the schedule: from its first instant to the first after it.
struct Window {
  Micros from = 0;
  Micros to = 0;

  bool holds(Micros at) const { return from <= at && at < to; }
  Micros length() const { return std::max<Micros>(0, to - from); }
  double seconds() const { return static_cast<double>(length()) / kOneSecond; }
  Window within(const Window& other) const { return {std::max(from, other.from), std::min(to, other.to)}; }
  /// A count as a rate, 0 when the window is empty.
  double rate(double count) const { return length() == 0 ? 0 : count / seconds(); }
};

}  // namespace wsdeep::load

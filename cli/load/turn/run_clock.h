#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace wsdeep::load {

/// Microseconds on a run's clock, or between two of its instants.
using Micros = std::int64_t;
/// What did not happen.
inline constexpr Micros kNever = std::numeric_limits<Micros>::min();

/// The one clock of a run: CLOCK_MONOTONIC, counted from the moment at which this was made. Wall time is read once, for
/// labels. May be read from any thread.
class RunClock {
 public:
  RunClock() : zero_(std::chrono::steady_clock::now()), wall_zero_(std::chrono::system_clock::now()) {}

  Micros now() const { return at(std::chrono::steady_clock::now()); }
  Micros at(SteadyTime time) const {
    return std::chrono::duration_cast<std::chrono::microseconds>(time - zero_).count();
  }
  SteadyTime time(Micros at) const { return zero_ + std::chrono::microseconds(at); }
  SystemTime wall(Micros at) const { return wall_zero_ + std::chrono::microseconds(at); }

 private:
  SteadyTime zero_;
  SystemTime wall_zero_;
};

}  // namespace wsdeep::load

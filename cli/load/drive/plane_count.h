#pragma once

#include <cstdint>
#include <deque>

#include "load/drive/driver_now.h"
#include "load/measure/paired.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// How one plane of a pair does at this moment. For one thread at a time.
class PlaneCount {
 public:
  void add(const PairHalf& half, Micros now);
  /// Without its name and what is in flight.
  PlaneNow now(Micros now) const;

 private:
  struct Told {
    Micros at;
    Micros ttft;
  };

  std::uint64_t answered_ = 0;
  std::uint64_t failed_ = 0;
  std::deque<Told> recent_;  ///< of the last ten seconds, at least
};

}  // namespace wsdeep::load

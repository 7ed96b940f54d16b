#pragma once

#include <cstdint>
#include <mutex>

#include "load/measure/summary.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Counts turns in flight as they are begun and told, by its own look at the clock, and holds the times in their
/// records against that: by Little's law the mean number in flight is rate × mean time. Both are of the whole run, so
/// that no edge of a window has to be allowed for. A lost or double record, and one whose instants are not those at
/// which things happened, part the two. May be used from any thread.
class FlightCount {
 public:
  explicit FlightCount(const RunClock& clock) : clock_(clock) {}

  void begun();
  void told(const TurnRecord& record);
  /// Up to now.
  LittleCheck check() const;

 private:
  double area_until(Micros now) const;
  void count(std::int64_t change, Micros now);

  const RunClock& clock_;
  mutable std::mutex mutex_;
  std::int64_t in_flight_ = 0;
  std::uint64_t turns_ = 0;
  double area_ = 0;   ///< turns × µs, until `since_`
  double times_ = 0;  ///< of the records
  Micros first_ = kNever;
  Micros since_ = 0;
};

}  // namespace wsdeep::load

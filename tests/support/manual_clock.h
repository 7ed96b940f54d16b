#pragma once

#include "base/clock.h"

namespace wsdeep::testing {

/// A clock that stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t start_ms = 1'700'000'000'000) : now_(from_epoch_ms(start_ms)) {}
  SystemTime now() const override { return now_; }
  SteadyTime steady_now() const override { return steady_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += std::chrono::duration_cast<SystemTime::duration>(by);
    steady_ += by;
  }

 private:
  SystemTime now_;
  SteadyTime steady_{std::chrono::hours(1)};
};

}  // namespace wsdeep::testing

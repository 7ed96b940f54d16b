#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "load/measure/pacing.h"
#include "load/turn/arrival.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// Begins turns at their instants, by a kernel timer with absolute deadlines: what is late once is caught up with at
/// once, and the lateness of one turn never moves the next. For one thread; `wake` is for any.
class Pacer {
 public:
  using Begin = std::function<void(const Arrival&)>;

  /// Throws Error{kFailure} when the kernel gives no timer.
  Pacer(const RunClock& clock, Begin begin, std::stop_token stop);
  Pacer(const Pacer&) = delete;
  Pacer& operator=(const Pacer&) = delete;
  ~Pacer();

  /// Sleeps until the arrival's instant, then begins it and notes how late that was. False: stopped before.
  bool begin_at(const Arrival& arrival);

  enum class Woken { kByTime, kByCall, kByStop };
  /// Sleeps until `instant`, `wake`, or the stop.
  Woken sleep_until(Micros instant);
  /// Ends the sleep of now, or the next one.
  void wake();

  const Pacing& pacing() const { return pacing_; }

 private:
  void set_timer(Micros instant) const;

  const RunClock& clock_;
  const Begin begin_;
  const std::stop_token stop_;
  int timer_ = -1;
  int call_ = -1;
  std::optional<std::stop_callback<std::function<void()>>> wake_at_stop_;
  Pacing pacing_;
};

}  // namespace wsdeep::load

#pragma once

#include <functional>
#include <memory>

#include "load/turn/run_clock.h"
#include "load/watch/self_report.h"

namespace wsdeep::load {

/// Watches this process while it sends load: a thread of its own wakes every 20 ms, at absolute times, notes how late
/// that was, and looks at the process ten times a second. It makes up for every wake-up that it missed, as a schedule
/// does: a second in which the process was stopped counts as a second, not as one late wake-up.
class SelfWatch {
 public:
  using Post = std::function<void(std::function<void()>)>;

  /// Begins at once. `clock` must outlive this.
  explicit SelfWatch(const RunClock& clock);
  ~SelfWatch();
  SelfWatch(const SelfWatch&) = delete;
  SelfWatch& operator=(const SelfWatch&) = delete;

  /// From now on asks this loop how long a posted call waits in it. `post` may be called, from the watch's thread,
  /// until `stop`: the loop has to live that long; what was posted may run later, too.
  void watch_loop(Post post);
  /// Ends the watching. What was seen stays.
  void stop();
  /// Of a part of what was seen so far. May be called from any thread.
  SelfReport report(Micros from, Micros to) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::load

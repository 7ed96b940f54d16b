#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace wsdeep::commands {

/// How fast requests may go out, learnt from the service's refusals. Nothing is held back until the service first
/// refuses for the rate.
///
/// The service is taken for a bucket of tokens, which fills evenly. When it refuses, its bucket is empty; so between
/// two refusals it has accepted just what the bucket was filled with, whatever size it has, and accepted ÷ time is the
/// rate that it allows. After each refusal requests go out at nine tenths of that, and the rate grows: over four
/// seconds to eleven tenths, which uses up what the bucket has saved meanwhile, then by a tenth in each second, to find
/// room that has become free. Before anything is measured it doubles and more in each second.
///
/// Thread-safe; shared by all workers.
class AdaptiveLimiter {
 public:
  explicit AdaptiveLimiter(const Clock& clock);

  struct Turn {
    std::chrono::nanoseconds wait{0};
    bool mine = true;  ///< the place is taken: send after `wait`; else ask again after it
  };
  /// Takes the next place in line, unless it is so far off that the rate may well have changed by then.
  Turn reserve();
  void accepted();
  /// `reserved` is when the refused request took its place: those that were in line at the last refusal say nothing
  /// new.
  void refused(SteadyTime reserved);
  /// Requests a second; 0 while there is no limit.
  double rate() const;

 private:
  double growth() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  double rate_ = 0;
  double estimate_ = 0;    ///< of the rate that is allowed
  bool measured_ = false;  ///< between two refusals, not guessed
  SteadyTime next_;
  SteadyTime cut_;
  std::uint64_t accepted_ = 0;  ///< since the last cut
};

}  // namespace wsdeep::commands

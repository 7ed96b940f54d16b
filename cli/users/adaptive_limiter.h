#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace wsdeep::users {

/// How fast requests may go out, learnt from the service's refusals. Until the service first refuses for the rate there
/// is none; but only a few requests are under way together at first, and more with what is accepted, as all of those
/// that meet an empty bucket together are refused together.
///
/// The service is taken for a bucket of tokens, which fills evenly. When it refuses, its bucket is empty; so between
/// two refusals it has accepted just what the bucket was filled with, whatever size it has, and accepted ÷ time is the
/// rate that it allows. After each refusal requests go out at nine tenths of that, and the rate grows: over some
/// seconds to eleven tenths, which uses up what the bucket has saved meanwhile, then by a tenth in each second, to find
/// room that has become free. The seconds are four, and more where so many requests are too few for one of them to be
/// refused. Before anything is measured it doubles and more in each second.
///
/// Thread-safe; shared by all workers.
class AdaptiveLimiter {
 public:
  explicit AdaptiveLimiter(const Clock& clock);

  struct Turn {
    std::chrono::nanoseconds wait{0};
    bool mine = true;         ///< the place is taken: send after `wait`, if it still stands; else ask again after it
    std::uint64_t round = 0;  ///< ends with a refusal
  };
  /// Takes the next place in line, unless it is so far off that the rate may well have changed by then.
  Turn reserve();
  /// Whether the place is still to be had after the wait. A refusal meanwhile makes it void: the bucket is empty, and
  /// the line begins anew.
  bool stands(const Turn& turn) const;

  // What became of a request: one of them is called for each that was sent.

  /// The service has done it, or refused it for another reason than the rate.
  void accepted();
  /// Refused for the rate. Those that were sent before the last refusal was known say nothing new.
  void refused(const Turn& turn);
  /// Nobody knows.
  void lost();

  /// Requests a second; 0 while there is no limit.
  double rate() const;

 private:
  double growth() const;
  void answered();

  const Clock& clock_;
  mutable std::mutex mutex_;
  double rate_ = 0;
  double estimate_ = 0;    ///< of the rate that is allowed
  bool measured_ = false;  ///< between two refusals, not guessed
  SteadyTime next_;
  SteadyTime cut_;
  std::uint64_t round_ = 0;
  std::uint64_t accepted_ = 0;   ///< since the last cut
  std::uint64_t under_way_ = 0;  ///< while there is no limit
};

}  // namespace wsdeep::users

#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace wsdeep::commands {

/// How fast requests may go out, learnt from the service's refusals (additive increase, multiplicative decrease).
/// Nothing is held back until the service first refuses for the rate. From then on the rate is what it last accepted,
/// cut by a third at each refusal, and raised, while it accepts, by a twentieth of the rate that it refused in each
/// second (by one at the least): after a cut it takes some seven seconds to try that rate again. Thread-safe; shared by
/// all workers.
class AdaptiveLimiter {
 public:
  explicit AdaptiveLimiter(const Clock& clock);

  /// Takes the next place in line: how long to wait before sending.
  std::chrono::nanoseconds reserve();
  void accepted();
  /// `sent` is when the refused request went out: those that were under way at the last cut say nothing new.
  void refused(SteadyTime sent);
  /// Requests a second; 0 while there is no limit.
  double rate() const;

 private:
  double measured_rate() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  double rate_ = 0;
  double step_ = 0;  ///< by how much the rate grows in a second
  SteadyTime next_;
  SteadyTime cut_;
  SteadyTime window_start_;
  std::uint64_t accepted_ = 0;  ///< in the window
};

}  // namespace wsdeep::commands

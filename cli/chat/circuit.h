#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"

namespace wsdeep::chat {

/// Keeps calls from a service that is down, so that who waits hears so at once, and the service has room to come back.
///
///   closed ── kFailures in a row ──► open ── its wait is over ──► half open: one call is let through
///     ▲                               ▲                              │
///     └────────── it succeeds ────────┼──────────────────────────────┤
///                                     └── it fails: twice the wait ──┘
///
/// One thread at a time.
class Circuit {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };

  static constexpr int kFailures = 5;
  static constexpr std::chrono::milliseconds kFirstWait{1000};
  static constexpr std::chrono::milliseconds kLongestWait{30'000};
  /// A trial of which nobody has heard for so long does not keep the others out.
  static constexpr std::chrono::milliseconds kTrialExpiry{30'000};

  /// `jitter` gives numbers from [0, 1): each wait is between three quarters of its length and the whole.
  explicit Circuit(std::function<double()> jitter) : jitter_(std::move(jitter)) {}

  /// Between which changes of the circuit a call began.
  using Phase = std::uint64_t;

  /// Nothing when no call may be made now; who gets a phase says how it went, once.
  std::optional<Phase> admit(SteadyTime now);
  /// Whenever the call began: the service answers.
  void succeeded();
  /// The service does not answer, or says that it cannot; of a call that began in an earlier phase that is no news.
  /// `retry_after`: how long it asks to be left alone, zero when it does not say.
  void failed(Phase began, SteadyTime now, std::chrono::milliseconds retry_after);

  State state() const { return state_; }
  /// How long it lets nothing through, zero when something may pass.
  std::chrono::milliseconds remaining(SteadyTime now) const;

 private:
  void open(SteadyTime now, std::chrono::milliseconds at_least);

  std::function<double()> jitter_;
  State state_ = State::kClosed;
  Phase phase_ = 0;
  int failures_ = 0;
  std::chrono::milliseconds wait_{0};
  SteadyTime until_{};  ///< open: when it ends; half open: when the trial counts as lost
};

/// `closed`, `open` or `half-open`, for the log.
const char* name_of(Circuit::State state);

}  // namespace wsdeep::chat

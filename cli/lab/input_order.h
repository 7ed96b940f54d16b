#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace wsdeep::lab {

/// What was typed arrives by requests that run side by side; numbers from 0 put it in order again. A repeated number is
/// what a request that was tried again brings, and changes nothing. What was taken is kept until it is typed, whatever
/// comes between: its sender was told so, and has forgotten it.
class InputOrder {
 public:
  enum class Verdict {
    kTaken,   ///< or taken before
    kTooFar,  ///< beyond the window: more waits than an honest client sends
    kBroken,  ///< one was missing for too long: the client has to attach again
  };

  static constexpr std::uint64_t kWindow = 256;         ///< numbers
  static constexpr std::size_t kMostHeld = 256 * 1024;  ///< bytes that wait for a missing one
  static constexpr std::chrono::seconds kPatience{5};

  Verdict add(std::uint64_t number, std::string text, SteadyTime now);
  /// It was taken before: adding it again would change nothing.
  bool has(std::uint64_t number) const { return number < next_ || early_.contains(number); }
  /// The client begins again where it was, perhaps on another connection: the wait for a missing one begins anew.
  void resume(SteadyTime now);
  /// The number that is typed next.
  std::uint64_t next() const { return next_; }
  /// What can be typed now, in order.
  std::string take();
  /// When the wait for a missing one is over; nothing while none is missing.
  std::optional<SteadyTime> deadline() const;
  /// Gives up when the deadline has passed; true: it has, now or before.
  bool is_broken(SteadyTime now);

 private:
  std::uint64_t next_ = 0;
  std::string ready_;
  std::map<std::uint64_t, std::string> early_;
  std::size_t held_ = 0;  ///< bytes of `early_`
  SteadyTime waits_since_{};
  bool broken_ = false;
};

}  // namespace wsdeep::lab

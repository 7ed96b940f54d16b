#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "aws/client.h"
#include "base/clock.h"

namespace wsdeep::auth {

/// A secret as it was read.
struct SecretReading {
  std::string text;
  std::optional<SystemTime> made{};  ///< when it took the place of the one before; nothing: that is not known
  std::string previous{};            ///< the one before; empty: there is none. Counts only with `made`.
};

/// Where a secret is, and what is one.
struct LiveSecretPlace {
  std::string what;             ///< for messages: `the signing secret`
  std::string file;             ///< goes before `read`; empty: it is not in a file
  std::size_t least_bytes = 1;  ///< a shorter text is none
  std::string hint{};           ///< how one is made
  /// Reads it from elsewhere; `is_first`: there is no earlier text, so that it is worth more time.
  std::function<SecretReading(bool is_first, const aws::CallContext& context)> read{};
};

/// A secret that its owner may replace at any time: read when it is first needed, and again when it is five minutes old
/// or has been refused. The earlier text stays while the new one cannot be read, or is none. The one before is good for
/// an hour more: not all who know it hear of the new one at once. For any thread; one reads, the others wait for it.
class LiveSecret {
 public:
  static constexpr std::chrono::hours kPreviousLife{1};

  LiveSecret(const Clock& clock, LiveSecretPlace place) : clock_(clock), place_(std::move(place)) {}

  bool is_set() const { return !place_.file.empty() || place_.read; }
  /// What to sign with: without blanks around it; "" when none is set. `anew`: the last one was refused, so it may have
  /// been replaced; what is not in a file is asked for ten seconds after the last time at the earliest. Throws Error
  /// when there is none, and what `read` throws.
  std::string text(bool anew = false, const aws::CallContext& context = {});
  /// The one before, while it is good; "" when there is none. As of the last reading.
  std::string previous();
  /// Whether what somebody else has signed was signed by it: it is tried as it is known, as it is now, and as it was
  /// before. Throws as `text` does.
  bool fits(const std::function<bool(const std::string& text)>& is_by, const aws::CallContext& context = {});

 private:
  bool is_due(bool anew, SteadyTime now) const;
  void take(const SecretReading& reading);
  SecretReading read_file() const;

  const Clock& clock_;
  const LiveSecretPlace place_;
  std::mutex mutex_;
  std::string text_;
  std::string previous_;
  SystemTime previous_end_{};
  SteadyTime read_at_{};
  SteadyTime tried_at_{};       ///< when the last reading ended, well or not
  std::exception_ptr failure_;  ///< the last reading's, while there is no text
};

}  // namespace wsdeep::auth

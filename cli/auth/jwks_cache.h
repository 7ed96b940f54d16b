#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "auth/jwt.h"
#include "base/clock.h"

namespace wsdeep::auth {

/// The keys of one issuer, fetched when first needed and kept. A token with an unknown kid makes it fetch once more:
/// three times in a row, as keys may be rotated again at once, and beyond that once in `refetch_interval`, so that
/// forged kids cannot make us hammer the issuer. Thread-safe.
class JwksCache {
 public:
  /// `fetch` returns the JWKS text or throws; it is called with the lock held, so one fetch serves all who wait.
  JwksCache(std::function<std::string()> fetch, const Clock& clock,
            std::chrono::seconds max_age = std::chrono::hours(24),
            std::chrono::seconds refetch_interval = std::chrono::minutes(1));

  /// Whether there are keys to verify with; fetches them when there are none. Keys past their age are keys;
  /// a set without any is not.
  bool ready();
  /// Verifies with the keys at hand, and once more after a refetch when the kid is unknown. kKeysUnavailable when
  /// there are none and they cannot be fetched; keys past their age are used when a fetch fails.
  TokenVerdict verify(std::string_view token, const TokenRules& rules);

 private:
  /// False while the last try that failed was too short a time ago, and when the refetches are used up.
  bool may_try();
  void refresh();
  void refresh_when_old();

  std::function<std::string()> fetch_;
  const Clock& clock_;
  std::chrono::seconds max_age_;
  std::chrono::seconds refetch_interval_;
  std::mutex mutex_;
  KeySet keys_;
  std::optional<SteadyTime> fetched_at_;  ///< when keys_ came; nothing before the first success
  std::optional<SteadyTime> failed_at_;   ///< the last try, when it failed
  double refetches_left_;
  SteadyTime counted_at_;
};

}  // namespace wsdeep::auth

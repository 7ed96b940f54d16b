#include "local/cognito/attempts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMostNames = 10'000;
constexpr int kFreeFailures = 5;
constexpr seconds kLongestLock = minutes(15);
constexpr seconds kForgiven = minutes(15);
constexpr std::chrono::hours kHour{1};

std::size_t limit_of(Rationed what) {
  switch (what) {
    case Rationed::kRecoverPassword:
      return 10;
    case Rationed::kConfirmSignUp:
    case Rationed::kVerifyAttribute:
      return 15;
    default:
      return 5;
  }
}

/// 2^(n-5) seconds after the n-th failure.
seconds lock_after(int failures) {
  constexpr int kLongestShift = 10;
  return std::min(kLongestLock, seconds(1 << std::min(failures - kFreeFailures, kLongestShift)));
}

}  // namespace

// A lock lasts as long as it takes to be forgiven at the most: an entry is never forgotten before its lock ends.
SignInLocks::SignInLocks(const Clock& clock) : clock_(clock), failures_(clock, kForgiven, kMostNames) {}

bool SignInLocks::is_locked(std::string_view username) const {
  const Failures* failures = failures_.find(to_lower(username));
  return failures != nullptr && clock_.steady_now() < failures->locked_until;
}

void SignInLocks::failed(std::string_view username) {
  if (is_locked(username)) return;
  Failures& failures = failures_.touch(to_lower(username));
  if (++failures.count >= kFreeFailures) failures.locked_until = clock_.steady_now() + lock_after(failures.count);
}

void SignInLocks::succeeded(std::string_view username) {
  failures_.forget(to_lower(username));
}

HourlyLimits::HourlyLimits(const Clock& clock) : clock_(clock), times_(clock, kHour, kMostNames) {}

void HourlyLimits::require(Rationed what, std::string_view username) {
  const SteadyTime now = clock_.steady_now();
  std::vector<SteadyTime>& times = times_.touch(fmt::format("{} {}", static_cast<int>(what), to_lower(username)));
  std::erase_if(times, [&](SteadyTime time) { return now - time >= kHour; });
  if (times.size() >= limit_of(what))
    throw ApiFault("LimitExceededException", "Attempt limit exceeded, please try after some time.");
  times.push_back(now);
}

}  // namespace wsdeep::local

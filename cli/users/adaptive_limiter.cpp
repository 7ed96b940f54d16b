#include "users/adaptive_limiter.h"

#include <algorithm>

namespace wsdeep::users {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kSlowest = 0.5;     // requests a second
constexpr double kFirstGuess = 5.0;  // at the least
constexpr std::chrono::milliseconds kFarthest{250};
constexpr std::uint64_t kFirstTogether = 4;  // requests under way
constexpr std::uint64_t kForOneMore = 8;     // accepted ones
constexpr std::chrono::milliseconds kRoomSoon{1};
constexpr double kCut = 0.9;
constexpr double kPeak = 1.1;
constexpr double kShortestClimb = 4;  // seconds from the one to the other
constexpr double kLongestClimb = 20;
constexpr double kClimbRequests = 60;
constexpr double kFreeGrowth = 0.1;    // beyond, of the rate, in a second
constexpr double kSearchGrowth = 1.0;  // while nothing is measured
constexpr double kLargestFall = 0.5;   // a measurement over a short time says little
constexpr double kClimbersFall = 0.8;  // and one over a climb is an average of what is long gone

double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<Seconds>(to - from).count();
}

}  // namespace

AdaptiveLimiter::AdaptiveLimiter(const Clock& clock) : clock_(clock), next_(clock.steady_now()), cut_(next_) {}

AdaptiveLimiter::Turn AdaptiveLimiter::reserve() {
  const std::lock_guard lock(mutex_);
  if (rate_ == 0) {
    if (under_way_ >= kFirstTogether + accepted_ / kForOneMore) return {kRoomSoon, false, round_};
    ++under_way_;
    return {{}, true, round_};
  }
  const SteadyTime now = clock_.steady_now();
  if (next_ - now > kFarthest) return {kFarthest, false, round_};
  // Spread over the requests of a second. A limit that holds nobody back does not grow: nothing would test it.
  if (next_ > now) rate_ += growth() / rate_;
  const SteadyTime at = std::max(now, next_);
  next_ = at + std::chrono::duration_cast<SteadyTime::duration>(Seconds(1 / rate_));
  return {at - now, true, round_};
}

bool AdaptiveLimiter::stands(const Turn& turn) const {
  const std::lock_guard lock(mutex_);
  return turn.mine && turn.round == round_;
}

void AdaptiveLimiter::answered() {
  if (under_way_ > 0) --under_way_;
}

void AdaptiveLimiter::accepted() {
  const std::lock_guard lock(mutex_);
  answered();
  ++accepted_;
}

void AdaptiveLimiter::lost() {
  const std::lock_guard lock(mutex_);
  answered();
}

double AdaptiveLimiter::growth() const {
  if (!measured_) return kSearchGrowth * rate_;
  const double climb = std::clamp(kClimbRequests / estimate_, kShortestClimb, kLongestClimb);
  return rate_ < kPeak * estimate_ ? (kPeak - kCut) * estimate_ / climb : kFreeGrowth * rate_;
}

void AdaptiveLimiter::refused(const Turn& turn) {
  const std::lock_guard lock(mutex_);
  answered();
  if (turn.round != round_) return;
  const SteadyTime now = clock_.steady_now();
  if (rate_ == 0) {
    // A bucket usually holds one second's worth, which has been used up by now.
    estimate_ = std::max(kFirstGuess, static_cast<double>(accepted_) / (1 + seconds_between(cut_, now)));
  } else {
    constexpr double kShortest = 0.001;
    const double accepted_rate = static_cast<double>(accepted_) / std::max(kShortest, seconds_between(cut_, now));
    const bool climbed = !measured_ || rate_ > kPeak * estimate_ * 1.05;
    estimate_ = std::clamp(accepted_rate, rate_ * (climbed ? kClimbersFall : kLargestFall), rate_);
    measured_ = true;
  }
  estimate_ = std::max(kSlowest, estimate_);
  rate_ = std::max(kSlowest, estimate_ * kCut);
  // Not at once: the bucket is empty.
  next_ = now + std::chrono::duration_cast<SteadyTime::duration>(Seconds(1 / rate_));
  cut_ = now;
  accepted_ = 0;
  ++round_;
}

double AdaptiveLimiter::rate() const {
  const std::lock_guard lock(mutex_);
  return rate_;
}

}  // namespace wsdeep::users

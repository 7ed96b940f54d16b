#include "commands/adaptive_limiter.h"

#include <algorithm>

namespace wsdeep::commands {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kCut = 2.0 / 3;
constexpr double kStepPart = 1.0 / 20;
constexpr double kSlowest = 0.5;       // requests a second
constexpr double kFirstGuess = 20;     // at the least: a refusal may come before there was much to measure
constexpr double kSmallestStep = 1.0;  // requests a second, each second
constexpr Seconds kWindow{1.0};

}  // namespace

AdaptiveLimiter::AdaptiveLimiter(const Clock& clock)
    : clock_(clock), next_(clock.steady_now()), cut_(SteadyTime::min()), window_start_(next_) {}

std::chrono::nanoseconds AdaptiveLimiter::reserve() {
  const std::lock_guard lock(mutex_);
  if (rate_ == 0) return {};
  const SteadyTime now = clock_.steady_now();
  const SteadyTime at = std::max(now, next_);
  next_ = at + std::chrono::duration_cast<SteadyTime::duration>(Seconds(1 / rate_));
  return at - now;
}

void AdaptiveLimiter::accepted() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  // The rate is measured over the running second and the one before, which counts as half of what it was.
  if (now - window_start_ > kWindow) {
    accepted_ /= 2;
    window_start_ = now - std::chrono::duration_cast<SteadyTime::duration>(kWindow / 2);
  }
  ++accepted_;
  // Spread over the requests of a second, so that an idle limiter does not grow.
  if (rate_ > 0) rate_ += step_ / rate_;
}

void AdaptiveLimiter::refused(SteadyTime sent) {
  const std::lock_guard lock(mutex_);
  if (sent < cut_) return;
  const double refused_rate = rate_ > 0 ? rate_ : std::max(kFirstGuess, measured_rate());
  rate_ = std::max(kSlowest, refused_rate * kCut);
  step_ = std::max(kSmallestStep, refused_rate * kStepPart);
  cut_ = next_ = clock_.steady_now();
}

double AdaptiveLimiter::rate() const {
  const std::lock_guard lock(mutex_);
  return rate_;
}

double AdaptiveLimiter::measured_rate() const {
  constexpr Seconds kShortest{0.1};
  const Seconds elapsed = std::max<Seconds>(kShortest, clock_.steady_now() - window_start_);
  return static_cast<double>(accepted_) / elapsed.count();
}

}  // namespace wsdeep::commands

#include "llm/node/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

// The expected wait
//
// With K slots busy and a generation taking s on the mean, a slot becomes free every s/K. Who has n places before it
// waits for n + 1 of them: (n + 1)·s/K. It is right for generations whose length nobody knows beforehand (an
// exponential one has as long to go as a new one, however old it is), and too long by s/2 at most for K = 1 and
// generations of equal length. s is a moving mean of those that were served, each new one counting an eighth: it
// follows a change of model or of questions within ten generations, and one long answer does not double it.

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

constexpr double kNewestShare = 0.125;
/// Of a hint: sooner is another refusal, later is another day.
constexpr milliseconds kShortestHint{100};
constexpr milliseconds kLongestHint{60'000};
/// When nobody knows how long generations take.
constexpr milliseconds kUsualHint{1000};
constexpr int kMostWaiting = 100'000;
constexpr milliseconds kLongestQueueWait = std::chrono::hours(1);

std::string in_seconds(milliseconds time) {
  return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
}

std::string slots_busy(int slots) {
  return slots == 1 ? "the one slot busy" : fmt::format("all {} slots busy", slots);
}

}  // namespace

void validate(const AdmissionOptions& options) {
  if (options.queue < 0 || options.queue > kMostWaiting)
    throw Error(ErrorKind::kUsage, fmt::format("queue must be from 0 to {}, got {}", kMostWaiting, options.queue));
  if (options.max_wait < milliseconds(0) || options.max_wait > kLongestQueueWait)
    throw Error(ErrorKind::kUsage, "the longest wait must be from 0 to one hour");
}

Admission::Admission(const AdmissionOptions& options, const Clock& clock) : options_(options), clock_(clock) {
  validate(options_);
}

std::optional<LlmOutcome> Admission::enter(Place& place, int slots, SteadyTime deadline, Place::Bell bell) {
  const std::lock_guard lock(mutex_);
  place.arrived_ = clock_.steady_now();
  place.bell_ = std::move(bell);
  slots_ = std::max(slots, 1);
  if (closed_) return refuse(place, Refusal::kDraining);
  while (has_free_slot() && !waiting_.empty()) admit_next();
  if (has_free_slot()) {
    admit(place);
    return std::nullopt;
  }
  const auto wait = wait_behind(waiting_.size());
  const SteadyTime until = std::min(deadline, place.arrived_ + options_.max_wait);
  const bool too_long = wait && place.arrived_ + *wait > until;
  if (waiting_.size() >= static_cast<std::size_t>(options_.queue)) return refuse(place, Refusal::kQueueFull);
  if (too_long) return refuse(place, Refusal::kWaitTooLong);
  place.state_ = Place::State::kWaiting;
  waiting_.push_back(&place);
  place.bell_.wait(until);
  return std::nullopt;
}

bool Admission::is_running(const Place& place) const {
  const std::lock_guard lock(mutex_);
  return place.state_ == Place::State::kRunning;
}

LlmOutcome Admission::why_not(Place& place, SteadyTime deadline) const {
  const std::lock_guard lock(mutex_);
  if (place.state_ == Place::State::kTurnedAway) return refuse(place, Refusal::kDraining);
  if (clock_.steady_now() < deadline) return refuse(place, Refusal::kWaitTooLong);
  const auto waited = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - place.arrived_);
  return failure(LlmFault::kTimeout, fmt::format("the deadline passed after {} in the queue", in_seconds(waited)));
}

std::optional<Refusal> Admission::why_refused(const Place& place) const {
  const std::lock_guard lock(mutex_);
  return place.refusal_;
}

void Admission::leave(Place& place, bool served) {
  const std::lock_guard lock(mutex_);
  const auto state = std::exchange(place.state_, Place::State::kOutside);
  if (state == Place::State::kWaiting) {
    std::erase(waiting_, &place);
    place.bell_.wake();
  }
  if (state != Place::State::kRunning) return;
  --running_;
  const std::chrono::duration<double, std::micro> took = clock_.steady_now() - place.admitted_;
  if (served) service_us_ = service_us_ ? *service_us_ + kNewestShare * (took.count() - *service_us_) : took.count();
  while (has_free_slot() && !waiting_.empty()) admit_next();
}

std::chrono::microseconds Admission::waited(const Place& place) const {
  const std::lock_guard lock(mutex_);
  return std::chrono::duration_cast<std::chrono::microseconds>(place.admitted_ - place.arrived_);
}

void Admission::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Place* const place : std::exchange(waiting_, {})) {
    place->state_ = Place::State::kTurnedAway;
    place->bell_.wake();
  }
}

void Admission::open() {
  const std::lock_guard lock(mutex_);
  closed_ = false;
}

AdmissionStatus Admission::status(int slots) const {
  const std::lock_guard lock(mutex_);
  return {std::max(slots, 1), running_, static_cast<int>(waiting_.size())};
}

std::optional<milliseconds> Admission::expected_wait(int slots) const {
  const std::lock_guard lock(mutex_);
  return running_ < slots ? milliseconds(0) : wait_behind(waiting_.size());
}

void Admission::admit_next() {
  Place& next = *waiting_.front();
  waiting_.pop_front();
  admit(next);
  next.bell_.wake();
}

void Admission::admit(Place& place) {
  ++running_;
  place.state_ = Place::State::kRunning;
  place.admitted_ = clock_.steady_now();
}

std::optional<milliseconds> Admission::wait_behind(std::size_t places) const {
  if (!service_us_) return std::nullopt;
  const double wait_us = static_cast<double>(places + 1) * *service_us_ / slots_;
  return std::chrono::ceil<milliseconds>(std::chrono::duration<double, std::micro>(wait_us));
}

LlmOutcome Admission::refuse(Place& place, Refusal why) const {
  place.refusal_ = why;
  return why == Refusal::kDraining ? draining() : refusal();
}

/// That of one that comes now, or has waited for too long.
LlmOutcome Admission::refusal() const {
  const auto wait = wait_behind(waiting_.size());
  LlmOutcome outcome =
      failure(LlmFault::kOverloaded, fmt::format("{}, {} waiting{}", slots_busy(slots_), waiting_.size(),
                                                 wait ? "; expected wait " + in_seconds(*wait) : ""));
  outcome.retry_after = std::clamp(wait.value_or(kUsualHint), kShortestHint, kLongestHint);
  return outcome;
}

LlmOutcome draining() {
  LlmOutcome outcome = failure(LlmFault::kUnavailable, "the node is draining");
  outcome.retry_after = milliseconds(0);
  outcome.draining = true;
  return outcome;
}

}  // namespace wsdeep::llm

#include "chat/circuit.h"

#include <algorithm>

namespace wsdeep::chat {

using std::chrono::milliseconds;

std::optional<Circuit::Phase> Circuit::admit(SteadyTime now) {
  if (state_ == State::kClosed) return phase_;
  if (now < until_) return std::nullopt;
  state_ = State::kHalfOpen;
  until_ = now + kTrialExpiry;
  return ++phase_;
}

void Circuit::succeeded() {
  if (state_ != State::kClosed) ++phase_;
  state_ = State::kClosed;
  failures_ = 0;
  wait_ = milliseconds(0);
}

void Circuit::failed(Phase began, SteadyTime now, milliseconds retry_after) {
  // Above all, it is not the trial's failure, which would double the wait.
  if (began != phase_) return;
  ++failures_;
  if (state_ == State::kHalfOpen || failures_ >= kFailures) open(now, retry_after);
}

void Circuit::open(SteadyTime now, milliseconds at_least) {
  wait_ = std::min(std::max(kFirstWait, 2 * wait_), kLongestWait);
  const auto spread = std::chrono::duration_cast<milliseconds>(wait_ * (0.75 + 0.25 * jitter_()));
  state_ = State::kOpen;
  ++phase_;
  until_ = now + std::max(spread, std::min(at_least, kLongestWait));
}

milliseconds Circuit::remaining(SteadyTime now) const {
  if (state_ == State::kClosed || now >= until_) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(until_ - now);
}

const char* name_of(Circuit::State state) {
  switch (state) {
    case Circuit::State::kClosed:
      return "closed";
    case Circuit::State::kOpen:
      return "open";
    case Circuit::State::kHalfOpen:
      break;
  }
  return "half-open";
}

}  // namespace wsdeep::chat

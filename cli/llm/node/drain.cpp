#include "llm/node/drain.h"

#include <algorithm>
#include <utility>

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

/// For the ends of calls to reach clients that read; who does not read is cut off then.
constexpr milliseconds kDrainFarewell{500};

}  // namespace

const char* name_of(DrainPhase phase) {
  switch (phase) {
    case DrainPhase::kServing:
      return "serving";
    case DrainPhase::kLeaving:
      return "leaving";
    case DrainPhase::kAside:
      return "aside";
    case DrainPhase::kDraining:
      return "draining";
    case DrainPhase::kEnding:
      return "ending";
    case DrainPhase::kStopped:
      break;
  }
  return "stopped";
}

void Drain::leave(std::string cause, SteadyTime now, std::optional<SteadyTime> gone_by) {
  if (gone_by && (!gone_by_ || *gone_by < *gone_by_)) gone_by_ = gone_by;
  if (!for_good_) cause_ = std::move(cause);
  for_good_ = true;
  if (phase_ == DrainPhase::kServing) begin_to_leave(now);
  if (gone_by_) leave_until_ = std::min(leave_until_, now + (*gone_by_ - now) / 2);
  grace_until_ = bounded(grace_until_);
}

void Drain::stand_aside(std::string cause, SteadyTime now) {
  if (phase_ != DrainPhase::kServing) return;
  cause_ = std::move(cause);
  begin_to_leave(now);
}

void Drain::begin_to_leave(SteadyTime now) {
  phase_ = DrainPhase::kLeaving;
  leave_until_ = now + times_.lame_duck;
}

void Drain::come_back() {
  if (for_good_) return;
  phase_ = DrainPhase::kServing;
  cause_.clear();
}

void Drain::hurry(SteadyTime now) {
  leave("hurried", now);
  hurried_ = true;
  leave_until_ = grace_until_ = now;
}

std::optional<DrainPhase> Drain::step(SteadyTime now, int running) {
  if (phase_ == shown_) enter(following(now, running), now);
  if (phase_ == shown_) return std::nullopt;
  shown_ = phase_;
  return phase_;
}

DrainPhase Drain::following(SteadyTime now, int running) const {
  switch (phase_) {
    case DrainPhase::kLeaving:
      if (now < leave_until_) return phase_;
      return for_good_ ? DrainPhase::kDraining : DrainPhase::kAside;
    case DrainPhase::kAside:
      return for_good_ ? DrainPhase::kDraining : phase_;
    case DrainPhase::kDraining:
      return running == 0 || now >= grace_until_ ? DrainPhase::kEnding : phase_;
    case DrainPhase::kEnding:
      return running == 0 || now >= end_until_ ? DrainPhase::kStopped : phase_;
    case DrainPhase::kServing:
    case DrainPhase::kStopped:
      break;
  }
  return phase_;
}

/// The grace of a node that stood aside has begun there.
void Drain::enter(DrainPhase phase, SteadyTime now) {
  if (phase == phase_) return;
  const bool grace_begins = phase_ == DrainPhase::kLeaving;
  phase_ = phase;
  if (grace_begins) {
    grace_until_ = hurried_ ? now : bounded(now + times_.grace);
    calls_ended_ = false;
  }
  if (phase == DrainPhase::kEnding) end_until_ = now + kDrainFarewell;
}

SteadyTime Drain::bounded(SteadyTime time) const {
  return gone_by_ ? std::min(time, *gone_by_) : time;
}

bool Drain::must_end_calls(SteadyTime now) {
  const bool over = phase_ == DrainPhase::kEnding || (phase_ == DrainPhase::kAside && now >= grace_until_);
  return over && !std::exchange(calls_ended_, true);
}

std::optional<SteadyTime> Drain::next() const {
  switch (phase_) {
    case DrainPhase::kLeaving:
      return leave_until_;
    case DrainPhase::kAside:
      return calls_ended_ ? std::nullopt : std::optional(grace_until_);
    case DrainPhase::kDraining:
      return grace_until_;
    case DrainPhase::kEnding:
      return end_until_;
    case DrainPhase::kServing:
    case DrainPhase::kStopped:
      break;
  }
  return std::nullopt;
}

}  // namespace wsdeep::llm

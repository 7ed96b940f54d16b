#include "session/liveness.h"

#include <algorithm>

namespace wsdeep::session {

void Liveness::heard(SteadyTime now, bool busy) {
  last_heard_ = now;
  owing_since_ = busy ? std::optional(now) : std::nullopt;
}

void Liveness::asked(SteadyTime now) {
  if (!owing_since_) owing_since_ = now;
}

void Liveness::pinged(SteadyTime now) {
  last_ping_ = now;
  asked(now);
}

void Liveness::forgive(SteadyTime now) {
  if (owing_since_) owing_since_ = now;
}

SteadyTime Liveness::ping_due(bool busy) const {
  // Not every frame is answered, a ping is: so one follows soon on whatever we sent.
  const bool soon = busy || owing_since_;
  return std::max(last_heard_, last_ping_) + (soon ? limits_->quiet_busy : limits_->quiet_idle);
}

std::optional<SteadyTime> Liveness::dead_at() const {
  if (!owing_since_) return std::nullopt;
  return *owing_since_ + limits_->silence;
}

}  // namespace wsdeep::session

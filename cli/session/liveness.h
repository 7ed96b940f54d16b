#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace wsdeep::session {

struct LivenessLimits {
  std::chrono::milliseconds quiet_busy{3'000};   ///< while an answer is expected: a ping after this much silence
  std::chrono::milliseconds quiet_idle{30'000};  ///< while none is
  std::chrono::milliseconds silence{10'000};     ///< the peer is dead that long after it should have said something
};

/// Whether the peer of an open connection is alive. A connection whose other end has gone without a word (a network
/// that was changed, a machine without power) looks like one on which nothing happens: only an answer tells them apart.
class Liveness {
 public:
  Liveness(const LivenessLimits& limits, SteadyTime now) : limits_(&limits), last_heard_(now), last_ping_(now) {}

  /// Anything at all came. While `busy` more is expected.
  void heard(SteadyTime now, bool busy);
  /// Something went out, and the peer should be heard of.
  void asked(SteadyTime now);
  void pinged(SteadyTime now);
  /// We slept ourselves, so its silence says nothing: what came meanwhile has not been read yet.
  void forgive(SteadyTime now);

  SteadyTime ping_due(bool busy) const;
  /// When it is dead unless something comes; nothing while it owes us nothing.
  std::optional<SteadyTime> dead_at() const;

 private:
  const LivenessLimits* limits_;
  SteadyTime last_heard_;
  SteadyTime last_ping_;
  std::optional<SteadyTime> owing_since_;
};

}  // namespace wsdeep::session

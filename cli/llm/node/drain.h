#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"

// clang-format off
// How a node goes, as one state machine. What each phase is for those outside:
//
//   phase      health       new calls   running calls     connections
//   serving    engine's     taken       go on
//   leaving    NOT_SERVING  taken       go on             the balancer gets the time to see it (the lame duck's)
//   aside      NOT_SERVING  refused     go on, in grace   kept: the node may come back
//   draining   NOT_SERVING  refused     go on, in grace   GOAWAY, and no new ones
//   ending     NOT_SERVING  refused     ended             wait until the clients have heard it
//   stopped                                               closed
//
//   serving ─ leave, stand_aside ─▶ leaving ─ lame duck over ─▶ draining ─ idle, or grace over ─▶ ending ─▶ stopped
//      ▲                               │                           ▲
//      │                               └─ it may come back ─▶ aside ─ leave
//      └──── come_back ────────────────┴────────────────────────┘
//
// clang-format on
// A call that is refused or ended so gets UNAVAILABLE "the node is draining" and a trailer (`kDrainingTrailer`), so
// that the handler asks another node, with the chat's history. New calls are taken while the node leaves because the
// balancer still sends some: it would have to answer them with an error. A second cause never lengthens what the first
// began; `hurry` ends at once what still runs.
//
// A call that crosses GOAWAY on its way is not seen here: gRPC's server, once it is shut down, answers it CANCELLED.
// The lame duck keeps this from happening behind a balancer; our client takes such a call for UNAVAILABLE.

namespace wsdeep::llm {

enum class DrainPhase { kServing, kLeaving, kAside, kDraining, kEnding, kStopped };

/// `serving`, `leaving` …
const char* name_of(DrainPhase phase);

struct DrainTimes {
  std::chrono::milliseconds lame_duck{0};  ///< at least the balancer's health interval × its unhealthy threshold
  std::chrono::milliseconds grace{500};    ///< for running calls, from the end of the lame duck
};

/// The machine alone: it is told what happens and what time it is, and tells the phase. For one thread at a time.
class Drain {
 public:
  explicit Drain(DrainTimes times) : times_(times) {}

  DrainPhase phase() const { return phase_; }
  /// Why it goes; empty while it serves.
  const std::string& cause() const { return cause_; }

  /// For good. With `gone_by`, when the machine goes away whatever runs, lame duck and grace are cut to what is left.
  void leave(std::string cause, SteadyTime now, std::optional<SteadyTime> gone_by = std::nullopt);
  /// Until `come_back`, or `leave`. Nothing while it leaves already.
  void stand_aside(std::string cause, SteadyTime now);
  /// Nothing once it leaves for good.
  void come_back();
  void hurry(SteadyTime now);

  /// The next phase, when it has come: by what was told, the time, or the number of running calls. One at a time, so
  /// that none is passed over unseen; nothing more when the phase stays.
  std::optional<DrainPhase> step(SteadyTime now, int running);
  /// True once, when calls that still run have to be ended: the grace is over.
  bool must_end_calls(SteadyTime now);
  /// When to ask again at the latest, although nothing happened.
  std::optional<SteadyTime> next() const;

 private:
  DrainPhase following(SteadyTime now, int running) const;
  void begin_to_leave(SteadyTime now);
  void enter(DrainPhase phase, SteadyTime now);
  SteadyTime bounded(SteadyTime time) const;

  const DrainTimes times_;
  DrainPhase phase_ = DrainPhase::kServing;
  DrainPhase shown_ = DrainPhase::kServing;
  std::string cause_;
  bool for_good_ = false;
  bool hurried_ = false;
  bool calls_ended_ = false;
  SteadyTime leave_until_{};
  SteadyTime grace_until_{};
  SteadyTime end_until_{};
  std::optional<SteadyTime> gone_by_;
};

}  // namespace wsdeep::llm

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

#include "load/drive/driver_now.h"
#include "load/measure/driver_figures.h"
#include "load/measure/window.h"
#include "load/turn/arrival.h"
#include "load/turn/open_turn.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Sends turns on one plane, and tells a RecordSink how each went. It never waits for one turn before another: who has
/// no idle conversation begins a new one.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Makes what the first turn needs: tokens, connections, channels. Throws Error.
  virtual void prepare(const std::stop_token& stop) = 0;
  /// The turn of this arrival, now; returns at once. From one thread.
  virtual void begin(const Arrival& arrival) = 0;
  /// After the last turn was begun: keeps what is open for so long, or until `stop`.
  virtual void hold(std::chrono::milliseconds, const std::stop_token&) {}
  /// Waits until all turns have ended, for `patience` at most or until `stop`; those that have not are told as
  /// unfinished. Connections are closed then. Nothing is told afterwards.
  virtual void finish(std::chrono::milliseconds patience, const std::stop_token& stop) = 0;
  /// Turns that were begun and have not ended.
  virtual std::size_t in_flight() const = 0;
  /// How it is at this moment, from the begin of `prepare` on; cheap. From any thread.
  virtual DriverNow now() const { return {}; }
  /// Those of them that are the run's, for whoever watches while they go on.
  virtual std::vector<OpenTurn> open_turns() const { return {}; }
  /// How to have something called in each of the event loops in which it reads, so that their lateness can be seen;
  /// after `prepare`, for as long as this lives.
  using Post = std::function<void(std::function<void()>)>;
  virtual std::vector<Post> loops() { return {}; }
  /// After `finish`. `measured`: when the turns that count were intended, on the run's clock; what a driver counts of
  /// connections, nodes and cancels is of the whole run.
  virtual DriverFigures figures(const Window& /*measured*/) const { return {}; }
};

}  // namespace wsdeep::load

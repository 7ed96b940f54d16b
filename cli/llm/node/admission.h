#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "llm/node/refusal.h"
#include "llm/outcome.h"

namespace wsdeep::llm {

struct AdmissionOptions {
  int queue = 64;                              ///< how many may wait for a slot
  std::chrono::milliseconds max_wait{30'000};  ///< for how long; who is expected to wait longer is refused at once
};

/// Throws Error{kUsage} that names the first option which makes no sense.
void validate(const AdmissionOptions& options);

/// How busy a node is. `load` is the one definition of it: 1 when all slots are busy and nobody waits.
struct AdmissionStatus {
  int slots = 1;
  int running = 0;
  int waiting = 0;

  double load() const { return static_cast<double>(running + waiting) / slots; }
};

/// A generation's place at a node; belongs to its call, and is looked at and changed by Admission alone.
class Place {
 public:
  /// Called with the admission's lock held: neither may call back. `wait`: begin to wait, at most until `until`.
  /// `wake`: the wait is over: the place is a slot now, or turned away, or given up.
  struct Bell {
    std::function<void(SteadyTime until)> wait;
    std::function<void()> wake;
  };

 private:
  friend class Admission;
  enum class State { kOutside, kWaiting, kRunning, kTurnedAway };

  State state_ = State::kOutside;
  Bell bell_;
  SteadyTime arrived_{};
  SteadyTime admitted_{};
  std::optional<Refusal> refusal_;
};

/// Who may run on a node's engine: as many as the engine has slots. The others wait, first in, first out, bounded by
/// number and by time: the wait of one that comes is expected from how long generations took of late, and who could not
/// be served in time is refused at once, so that it can go elsewhere. Refusals say when it is worth while to ask again.
/// Safe to use from several threads.
class Admission {
 public:
  /// Throws as `validate`.
  Admission(const AdmissionOptions& options, const Clock& clock);

  /// Once for each place; nothing when it runs or waits (which `is_running` tells), else why it was refused.
  std::optional<LlmOutcome> enter(Place& place, int slots, SteadyTime deadline, Place::Bell bell);
  bool is_running(const Place& place) const;
  /// Why one that has been woken, or whose time is over, does not run.
  LlmOutcome why_not(Place& place, SteadyTime deadline) const;
  /// Nothing for one that was not refused.
  std::optional<Refusal> why_refused(const Place& place) const;
  /// Gives up the place, also twice; the first that waits gets its slot. `served`: how long it took says how long
  /// generations take.
  void leave(Place& place, bool served);
  /// How long it waited.
  std::chrono::microseconds waited(const Place& place) const;

  /// Turns away who waits and who comes: the node is draining. Until `open`: it stays after all.
  void close();
  void open();
  AdmissionStatus status(int slots) const;
  /// How long one that comes now is expected to wait; 0 when a slot is free, nothing when nobody knows.
  std::optional<std::chrono::milliseconds> expected_wait(int slots) const;

 private:
  void admit_next();
  void admit(Place& place);
  bool has_free_slot() const { return running_ < slots_; }
  std::optional<std::chrono::milliseconds> wait_behind(std::size_t places) const;
  LlmOutcome refuse(Place& place, Refusal why) const;
  LlmOutcome refusal() const;

  const AdmissionOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  int slots_ = 1;
  int running_ = 0;
  std::deque<Place*> waiting_;
  std::optional<double> service_us_;  ///< a moving mean
  bool closed_ = false;
};

/// What a draining node says to whom it turns away, and to whose stream it ends: another node answers at once.
LlmOutcome draining();

}  // namespace wsdeep::llm

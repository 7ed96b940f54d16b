#include "load/shard/supervise.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/clock.h"
#include "base/error.h"

namespace wsdeep::load {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};

class Supervisor {
 public:
  Supervisor(Place& place, const WorkersRun& run, const Supervision& how)
      : place_(place),
        how_(how),
        last_part_(how.drain + place.shard_time()),
        deadline_(std::chrono::steady_clock::now() + (run.start - SystemTime::clock::now()) + how.run + last_part_) {}

  std::vector<WorkerStanding> watch() {
    for (;;) {
      std::vector<WorkerStanding> standings = place_.standings();
      how_.on_look(standings);
      if (std::ranges::all_of(standings, &WorkerStanding::ended) || std::chrono::steady_clock::now() >= deadline_)
        return standings;
      // Who ended before its time says why.
      const bool lost = std::ranges::any_of(standings, [](const auto& one) { return one.ended() && !one.why.empty(); });
      if (lost || how_.soon.stop_requested()) end(WorkersStop::kSoon, ended_soon_);
      if (how_.now.stop_requested()) end(WorkersStop::kNow, ended_now_);
      rest();
    }
  }

 private:
  /// Once.
  void end(WorkersStop how, bool& done) {
    if (done) return;
    done = true;
    place_.stop(how);
    deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + last_part_);
  }

  /// Until the next look, or a signal that was not heeded yet.
  void rest() {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    const std::stop_token unheeded = ended_now_ ? std::stop_token{} : ended_soon_ ? how_.now : how_.soon;
    woken.wait_for(lock, unheeded, kLookEvery, [] { return false; });
  }

  Place& place_;
  const Supervision& how_;
  const std::chrono::milliseconds last_part_;  ///< from the last begin of a turn until each has ended
  SteadyTime deadline_;
  bool ended_soon_ = false;
  bool ended_now_ = false;
};

/// A shard that cannot be had is missing: those of the other workers are worth as much as before. One that was given up
/// may have brought its shard all the same: it is whole, or not there.
WorkerOutcome outcome_of(Place& place, int worker, const WorkerStanding& standing) {
  const std::string why = standing.ended() ? standing.why : "it did not end, and was given up";
  try {
    return {.shard = place.fetch(worker), .why = why};
  } catch (const Error& fault) {
    return {.why = fmt::format("{}{}its shard cannot be fetched: {}", why, why.empty() ? "" : "; ", fault.what())};
  }
}

}  // namespace

std::vector<WorkerOutcome> supervise(Place& place, const WorkersRun& run, const std::vector<std::string>& arguments,
                                     const Supervision& how) {
  place.start(run, arguments);
  const std::vector<WorkerStanding> standings = Supervisor(place, run, how).watch();
  std::vector<WorkerOutcome> outcomes;
  for (std::size_t worker = 0; worker < standings.size(); ++worker)
    outcomes.push_back(outcome_of(place, static_cast<int>(worker), standings[worker]));
  return outcomes;
}

}  // namespace wsdeep::load

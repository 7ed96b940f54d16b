#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "load/drive/background_rounds.h"
#include "load/shard/place.h"

namespace wsdeep::load {

/// Who is not running so shortly before the start, or when half of the time until then has gone, will not be ready: the
/// load would not be what was asked for.
inline constexpr std::chrono::seconds kReadyBefore{10};

/// What is known of workers that are far away: a thread asks for it every few seconds, since asking takes time.
class StandingsWatch {
 public:
  /// What it finds out; what it throws is a look that failed.
  using Look = std::function<std::vector<WorkerStanding>(const std::stop_token&)>;

  StandingsWatch(int workers, SystemTime start, std::chrono::milliseconds pause, const Clock& clock, Look look);

  /// As of the last look that succeeded, in the light of the clock: who runs after the start is kRunning, who does not
  /// run shortly before it is kGone, with the reason. Who has ended stays so. Throws the fault of the looks when none
  /// has succeeded for two minutes.
  std::vector<WorkerStanding> latest();

 private:
  void look_once(const std::stop_token& stop);
  WorkerStanding at_this_time(WorkerStanding standing) const;

  const Clock& clock_;
  SystemTime start_;
  std::chrono::milliseconds ready_before_;
  Look look_;
  std::mutex mutex_;
  std::vector<WorkerStanding> known_;  ///< by the last look
  std::vector<WorkerStanding> told_;
  SteadyTime known_at_;
  std::optional<Error> fault_;  ///< of the last look
  BackgroundRounds rounds_;     ///< last: its thread uses all of these
};

}  // namespace wsdeep::load

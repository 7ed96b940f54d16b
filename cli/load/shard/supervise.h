#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "load/shard/merge.h"
#include "load/shard/place.h"

namespace wsdeep::load {

/// How workers are watched.
struct Supervision {
  std::stop_token soon{};             ///< no further turn is to begin
  std::stop_token now{};              ///< none is to go on
  std::chrono::milliseconds run{};    ///< from the start until the schedule and the holding end
  std::chrono::milliseconds drain{};  ///< how long turns may take to end then
  std::function<void(const std::vector<WorkerStanding>&)> on_look{};  ///< a few times a second
};

/// Starts workers at a place and waits until all have ended. Where one is lost, or ends before its time, the others are
/// asked to end soon: the run is over. Who has not ended long after it should have is given up, and left to the place's
/// destructor. What is left of each worker; where a shard cannot be fetched, why not.
std::vector<WorkerOutcome> supervise(Place& place, const WorkersRun& run, const std::vector<std::string>& arguments,
                                     const Supervision& how);

}  // namespace wsdeep::load

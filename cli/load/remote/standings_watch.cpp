#include "load/remote/standings_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace wsdeep::load {
namespace {

constexpr std::chrono::minutes kBlindLimit{2};

}  // namespace

StandingsWatch::StandingsWatch(int workers, SystemTime start, std::chrono::milliseconds pause, const Clock& clock,
                               Look look)
    : clock_(clock),
      start_(start),
      ready_before_(std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(start - clock.now()) / 2,
                               std::chrono::milliseconds(0), std::chrono::milliseconds(kReadyBefore))),
      look_(std::move(look)),
      known_(static_cast<std::size_t>(workers)),
      told_(known_),
      known_at_(clock.steady_now()),
      rounds_(pause, [this](const std::stop_token& stop) { look_once(stop); }) {}

void StandingsWatch::look_once(const std::stop_token& stop) {
  try {
    std::vector<WorkerStanding> found = look_(stop);
    const std::lock_guard lock(mutex_);
    known_ = std::move(found);
    known_at_ = clock_.steady_now();
    fault_.reset();
  } catch (const Error& error) {
    const std::lock_guard lock(mutex_);
    fault_.emplace(error);
  }
}

WorkerStanding StandingsWatch::at_this_time(WorkerStanding standing) const {
  const SystemTime now = clock_.now();
  if (standing.state == WorkerState::kWaiting && now >= start_) standing.state = WorkerState::kRunning;
  if (standing.state != WorkerState::kStarting || now < start_ - ready_before_) return standing;
  standing.state = WorkerState::kGone;
  standing.why = fmt::format("was not running {} before the start{}{}", human_duration(ready_before_),
                             standing.why.empty() ? "" : ": ", standing.why);
  return standing;
}

std::vector<WorkerStanding> StandingsWatch::latest() {
  const std::lock_guard lock(mutex_);
  if (fault_ && clock_.steady_now() - known_at_ > kBlindLimit) throw Error(*fault_);
  for (std::size_t worker = 0; worker < told_.size(); ++worker)
    if (!told_[worker].ended()) told_[worker] = at_this_time(known_[worker]);
  return told_;
}

}  // namespace wsdeep::load

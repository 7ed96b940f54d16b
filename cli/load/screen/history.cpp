#include "load/screen/history.h"

#include <algorithm>
#include <utility>

#include "load/measure/window.h"

namespace wsdeep::load {

void RunHistory::add(Progress progress) {
  if (progress.phase != Phase::kPreparing) sample(progress);
  now_ = std::move(progress);
}

void RunHistory::sample(const Progress& progress) {
  Sample sample{.at = progress.at,
                .due = progress.due.value_or(0),
                .begun = progress.begun,
                .in_flight = static_cast<double>(progress.in_flight)};
  if (progress.driver.sessions) {
    sample.open = progress.driver.sessions->open;
    sample.opened = progress.driver.sessions->opened;
  }
  if (progress.live.ttft_p99) sample.ttft_p99 = progress.live.ttft_p99->value;
  samples_.push_back(sample);
}

/// Since the last sample that is ten seconds old, or since the first: before it nothing was counted.
double RunHistory::rate_of(std::uint64_t Sample::*count) const {
  if (samples_.empty()) return 0;
  const Sample& last = samples_.back();
  const auto younger = std::ranges::upper_bound(samples_, last.at - kRecentTime, {}, &Sample::at);
  const Sample from = younger == samples_.begin() ? Sample{} : *(younger - 1);
  const Micros time = last.at - from.at;
  return time <= 0 ? 0 : static_cast<double>(last.*count - from.*count) / (static_cast<double>(time) / 1e6);
}

std::optional<double> RunHistory::due_rate() const {
  return now_.due ? std::optional(rate_of(&Sample::due)) : std::nullopt;
}

double RunHistory::sent_rate() const {
  return rate_of(&Sample::begun);
}

double RunHistory::opened_rate() const {
  return rate_of(&Sample::opened);
}

}  // namespace wsdeep::load

#include "load/closed_loop.h"

#include <algorithm>
#include <utility>

namespace wsdeep::load {
namespace {

/// Later than any run: as far as a timer may be set without a thought of overflow.
constexpr Micros kNoEnd = 366LL * 24 * 3600 * 1'000'000;

}  // namespace

ClosedLoop::ClosedLoop(const LoadShape& shape, const RunClock& clock, RecordSink& next, const WorkerShare& share)
    : shape_(shape), share_(share), clock_(clock), next_(next) {}

void ClosedLoop::run(Pacer& pacer, Micros begin) {
  begin_ = begin;
  const Micros until = begin + (shape_.duration > 0 ? shape_.duration : kNoEnd);
  seat_users(pacer, begin);
  while (!shape_.requests || begun_ < share_.of(*shape_.requests)) {
    const std::optional<Micros> due = next_due(until);
    const Pacer::Woken woken = pacer.sleep_until(due.value_or(until));
    if (woken == Pacer::Woken::kByCall) continue;
    if (woken == Pacer::Woken::kByStop || !due || !pacer.begin_at(take_due())) break;
  }
  const std::lock_guard lock(mutex_);
  pacer_ = nullptr;
}

void ClosedLoop::on_turn(TurnRecord record) {
  const bool went_well = record.how == TurnEnd::kCompleted || record.how == TurnEnd::kCancelled;
  const Micros end = record.end == kNever ? clock_.now() : record.end;
  next_.on_turn(std::move(record));
  const std::lock_guard lock(mutex_);
  if (pacer_ == nullptr) return;
  due_.push(end + (went_well ? pause() : std::max(pause(), kPauseAfterFailure)));
  pacer_->wake();
}

void ClosedLoop::seat_users(Pacer& pacer, Micros begin) {
  const std::lock_guard lock(mutex_);
  pacer_ = &pacer;
  const auto users = share_.of(static_cast<std::uint64_t>(shape_.concurrency.value_or(0)));
  for (std::uint64_t user = 0; user < users; ++user) due_.push(begin + pause());
}

/// When the user who is the next to ask does so; nothing when nobody does before `until`.
std::optional<Micros> ClosedLoop::next_due(Micros until) const {
  const std::lock_guard lock(mutex_);
  if (due_.empty() || due_.top() >= until) return std::nullopt;
  return due_.top();
}

Arrival ClosedLoop::take_due() {
  const std::lock_guard lock(mutex_);
  Arrival arrival;
  arrival.index = share_.in_whole(begun_++);
  arrival.intended = due_.top();
  arrival.stage = stage_at(arrival.intended - begin_);
  arrival.cancel_after = cancel_after_of(shape_, arrival.index);
  due_.pop();
  return arrival;
}

int ClosedLoop::stage_at(Micros at) const {
  int stage = 0;
  Micros end = 0;
  for (const Stage& one : shape_.stages) {
    if (at < (end += one.duration)) return stage;
    ++stage;
  }
  return std::max(0, stage - 1);
}

Micros ClosedLoop::pause() {
  return think_before(shape_, share_.in_whole(pauses_++));
}

}  // namespace wsdeep::load

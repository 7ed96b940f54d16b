#include "load/measure/recorder.h"

#include <mutex>
#include <utility>

#include "load/measure/run_log.h"
#include "load/measure/seconds.h"
#include "load/measure/summarize.h"

namespace wsdeep::load {

namespace {

Live live_of(const RunLog& log, Micros now) {
  constexpr Micros kRecent = 10 * kOneSecond;
  const Micros to = now / kOneSecond * kOneSecond;
  const Window last{to - kOneSecond, to};
  Live live{.last = {.at = last.from / kOneSecond}, .so_far = log.tally()};
  Distribution ttft;
  log.for_ended_since(to - kRecent, [&](const KeptTurn& turn) {
    add_reading(ttft, read_metric(turn, Metric::kTtft, now));
    if (last.holds(turn.end)) count_second(live.last, turn);
  });
  live.last.tokens = log.received().in(last, log.counted_by().value_or(TokenCount::kNone));
  live.ttft_p50 = ttft.quantile(0.5);
  live.ttft_p99 = ttft.quantile(0.99);
  return live;
}

}  // namespace

struct Recorder::Impl {
  explicit Impl(RecorderOptions options) : on_record(std::move(options.on_record)), log(std::move(options)) {}

  std::function<void(const TurnRecord&)> on_record;
  std::mutex telling;  ///< one record at a time; not held while others are folded
  mutable std::mutex mutex;
  RunLog log;
};

Recorder::Recorder(RecorderOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Recorder::~Recorder() = default;

void Recorder::on_turn(TurnRecord record) {
  if (impl_->on_record) {
    const std::lock_guard lock(impl_->telling);
    impl_->on_record(record);
  }
  const std::lock_guard lock(impl_->mutex);
  impl_->log.add(record);
}

void Recorder::on_connection(const ConnectionRecord& record) {
  const std::lock_guard lock(impl_->mutex);
  impl_->log.add(record);
}

void Recorder::end_schedule(Micros at) {
  const std::lock_guard lock(impl_->mutex);
  impl_->log.end_schedule(at);
}

Live Recorder::live(Micros now) const {
  const std::lock_guard lock(impl_->mutex);
  return live_of(impl_->log, impl_->log.on_schedule(now));
}

Summary Recorder::recent(Micros now) const {
  const std::lock_guard lock(impl_->mutex);
  return summarize_recent(impl_->log, impl_->log.on_schedule(now));
}

Summary Recorder::summary(Micros now) const {
  const std::lock_guard lock(impl_->mutex);
  return summarize(impl_->log, impl_->log.on_schedule(now));
}

}  // namespace wsdeep::load

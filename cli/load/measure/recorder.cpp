#include "load/measure/recorder.h"

#include <mutex>
#include <utility>

#include "load/measure/run_log.h"
#include "load/measure/summarize.h"

namespace wsdeep::load {

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

void Recorder::on_connection(const ConnectionRecord&) {}

void Recorder::end_schedule(Micros at) {
  const std::lock_guard lock(impl_->mutex);
  impl_->log.end_schedule(at);
}

Live Recorder::live(Micros) const {
  const std::lock_guard lock(impl_->mutex);
  return {.last = {}, .so_far = impl_->log.tally()};
}

Summary Recorder::summary(Micros now) const {
  const std::lock_guard lock(impl_->mutex);
  return summarize(impl_->log, impl_->log.on_schedule(now));
}

}  // namespace wsdeep::load

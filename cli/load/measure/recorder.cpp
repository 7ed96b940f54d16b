#include "load/measure/recorder.h"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "load/measure/run_log.h"
#include "load/measure/summarize.h"

namespace wsdeep::load {

/// Who tells a turn reads a socket, and must not wait while somebody looks at the figures: it leaves the record in a
/// queue, and folds what is there if nobody else has the log. Whoever reads the log folds the rest before.
struct Recorder::Impl {
  explicit Impl(RecorderOptions options) : on_record(std::move(options.on_record)), log(std::move(options)) {}

  void tell(const TurnRecord& record) {
    if (!on_record) return;
    const std::lock_guard lock(telling);
    on_record(record);
  }

  void queue(TurnRecord record) {
    {
      const std::lock_guard lock(queueing);
      arrived.push_back(std::move(record));
    }
    const std::unique_lock lock(folding, std::try_to_lock);
    if (lock) fold_arrived();
  }

  /// With the log to itself, everything that was told before in it.
  template <typename Use>
  auto with_log(const Use& use) {
    const std::lock_guard lock(folding);
    fold_arrived();
    return use(log);
  }

  Live live(Micros now) {
    const std::lock_guard lock(folding);
    fold_arrived();
    return look.look(log.on_schedule(now));
  }

  std::function<void(const TurnRecord&)> on_record;

 private:
  /// `folding` is held.
  void fold_arrived() {
    std::vector<TurnRecord> records;
    {
      const std::lock_guard lock(queueing);
      records.swap(arrived);
    }
    for (const TurnRecord& record : records) log.add(record);
  }

  std::mutex telling;  ///< one record at a time
  std::mutex queueing;
  std::vector<TurnRecord> arrived;
  std::mutex folding;
  RunLog log;
  LiveLook look{log};
};

Recorder::Recorder(RecorderOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Recorder::~Recorder() = default;

void Recorder::on_turn(TurnRecord record) {
  impl_->tell(record);
  impl_->queue(std::move(record));
}

void Recorder::on_connection(const ConnectionRecord& record) {
  impl_->with_log([&](RunLog& log) { log.add(record); });
}

void Recorder::end_schedule(Micros at) {
  impl_->with_log([&](RunLog& log) { log.end_schedule(at); });
}

Live Recorder::live(Micros now) {
  return impl_->live(now);
}

Summary Recorder::recent(Micros now, const std::vector<OpenTurn>& open) const {
  return impl_->with_log([&](RunLog& log) { return summarize_recent(log, log.on_schedule(now), open); });
}

Summary Recorder::summary(Micros now) const {
  return impl_->with_log([&](RunLog& log) { return summarize(log, log.on_schedule(now)); });
}

}  // namespace wsdeep::load

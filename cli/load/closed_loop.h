#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <vector>

#include "load/pacer.h"
#include "load/plan/schedule.h"
#include "load/plan/worker_share.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// So many users, each of whom asks again when the answer before has come and a while has passed: as records come in,
/// it finds out when the next turn is due. What a slow target gets is less load, which is why an open loop is the
/// measure, and this one the question how it feels to N people.
class ClosedLoop final : public RecordSink {
 public:
  /// A user whose attempt failed waits so long at least: people do, and a target that refuses all is not to be asked as
  /// fast as it can refuse.
  static constexpr Micros kPauseAfterFailure = 100'000;

  /// `next` gets each record too, before the turn that follows from it is begun. Of the shape's users and attempts
  /// those of `share` are here.
  ClosedLoop(const LoadShape& shape, const RunClock& clock, RecordSink& next, const WorkerShare& share = {});

  /// Begins turns from `begin` on, in this thread, until the shape's duration or number of attempts is reached, or the
  /// pacer is stopped. Without a pause between them all users begin at once, else each after one pause.
  void run(Pacer& pacer, Micros begin);

  void on_turn(TurnRecord record) override;
  void on_connection(const ConnectionRecord& record) override { next_.on_connection(record); }

 private:
  std::optional<Micros> next_due(Micros until) const;
  Arrival take_due();
  void seat_users(Pacer& pacer, Micros begin);
  int stage_at(Micros at) const;
  Micros pause();

  const LoadShape shape_;
  const WorkerShare share_;
  const RunClock& clock_;
  RecordSink& next_;
  mutable std::mutex mutex_;
  Pacer* pacer_ = nullptr;  ///< while it runs
  Micros begin_ = 0;
  std::priority_queue<Micros, std::vector<Micros>, std::greater<>> due_;
  std::uint64_t pauses_ = 0;
  std::uint64_t begun_ = 0;
};

}  // namespace wsdeep::load

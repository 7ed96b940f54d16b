#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "load/flight_count.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Stands before a sink that is made only when the run begins: connections that were opened before wait here.
class Gate final : public RecordSink {
 public:
  explicit Gate(const RunClock& clock) : flight_(clock) {}

  /// From now on all goes to `next`, what waited first.
  void open(RecordSink& next);

  /// A turn is about to be begun.
  void begun() {
    flight_.begun();
    ++begun_;
  }
  /// Only after it was opened: there is no turn before the run.
  void on_turn(TurnRecord record) override;
  void on_connection(const ConnectionRecord& record) override;

  /// Turns that were begun.
  std::uint64_t begun_so_far() const { return begun_; }
  /// Turns that have passed.
  std::uint64_t turns() const { return turns_; }
  LittleCheck little() const { return flight_.check(); }

 private:
  std::atomic<RecordSink*> next_{nullptr};
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> turns_{0};
  FlightCount flight_;
  std::mutex mutex_;
  std::vector<ConnectionRecord> waiting_;
};

}  // namespace wsdeep::load

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Stands before a sink that is made only when the run begins: connections that were opened before wait here.
class Gate final : public RecordSink {
 public:
  /// From now on all goes to `next`, what waited first.
  void open(RecordSink& next);

  /// Only after it was opened: there is no turn before the run.
  void on_turn(TurnRecord record) override;
  void on_connection(const ConnectionRecord& record) override;

  /// Turns that have passed.
  std::uint64_t turns() const { return turns_; }

 private:
  std::atomic<RecordSink*> next_{nullptr};
  std::atomic<std::uint64_t> turns_{0};
  std::mutex mutex_;
  std::vector<ConnectionRecord> waiting_;
};

}  // namespace wsdeep::load

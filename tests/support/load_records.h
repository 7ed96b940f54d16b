#pragma once

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "load/turn/turn_record.h"
#include "support/eventually.h"

namespace wsdeep::testing {

/// Remembers what a driver told, and lets a test wait for it.
class RecordLog final : public load::RecordSink {
 public:
  void on_turn(load::TurnRecord record) override {
    const std::lock_guard lock(mutex_);
    turns_.push_back(std::move(record));
    changed_.notify_all();
  }
  void on_connection(const load::ConnectionRecord& record) override {
    const std::lock_guard lock(mutex_);
    connections_.push_back(record);
    changed_.notify_all();
  }

  /// All turns, once there are so many.
  std::vector<load::TurnRecord> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return turns_.size() >= count; }))
      throw std::runtime_error("too few turns were told");
    return turns_;
  }
  std::vector<load::TurnRecord> records() const {
    const std::lock_guard lock(mutex_);
    return turns_;
  }
  std::vector<load::ConnectionRecord> connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<load::TurnRecord> turns_;
  std::vector<load::ConnectionRecord> connections_;
};

}  // namespace wsdeep::testing

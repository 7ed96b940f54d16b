#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace wsdeep::load {

/// Calls back at the instants at which users give up, in a thread of its own that waits until then.
class CancelPlan {
 public:
  /// `give_up` gets a turn's index.
  explicit CancelPlan(std::function<void(std::uint64_t)> give_up) : give_up_(std::move(give_up)) {}
  ~CancelPlan();
  CancelPlan(const CancelPlan&) = delete;
  CancelPlan& operator=(const CancelPlan&) = delete;

  void add(SteadyTime at, std::uint64_t index);
  /// No call comes after this has returned.
  void stop();

 private:
  void run(const std::stop_token& stop);

  const std::function<void(std::uint64_t)> give_up_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::multimap<SteadyTime, std::uint64_t> due_;
  std::jthread thread_;  ///< from the first one on
};

}  // namespace wsdeep::load

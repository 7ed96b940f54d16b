#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace wsdeep::load {

/// Does `round` on a thread of its own, at once and then again after each pause, for as long as it lives.
class BackgroundRounds {
 public:
  BackgroundRounds(std::chrono::milliseconds pause, std::function<void(const std::stop_token&)> round)
      : thread_([pause, round = std::move(round)](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any wake;
          std::unique_lock lock(mutex);
          while (!stop.stop_requested()) {
            round(stop);
            wake.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); });
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace wsdeep::load

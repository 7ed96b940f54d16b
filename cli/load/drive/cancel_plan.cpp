#include "load/drive/cancel_plan.h"

#include <utility>

namespace wsdeep::load {

CancelPlan::~CancelPlan() {
  stop();
}

void CancelPlan::add(SteadyTime at, std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  due_.emplace(at, index);
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  changed_.notify_one();
}

void CancelPlan::stop() {
  std::jthread thread;
  {
    const std::lock_guard lock(mutex_);
    due_.clear();
    thread = std::move(thread_);
  }
}  // asked to stop, and joined

void CancelPlan::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (due_.empty()) {
      changed_.wait(lock, stop, [this] { return !due_.empty(); });
      continue;
    }
    const auto [at, index] = *due_.begin();
    if (at > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, stop, at, [this, at = at] { return due_.empty() || due_.begin()->first < at; });
      continue;
    }
    due_.erase(due_.begin());
    lock.unlock();
    give_up_(index);
    lock.lock();
  }
}

}  // namespace wsdeep::load

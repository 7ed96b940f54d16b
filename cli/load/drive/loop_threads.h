#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "net/event_loop.h"

namespace wsdeep::load {

/// Event loops, each on a thread of its own. What lives on a loop is made on it and let go of on it.
class LoopThreads {
 public:
  /// One for every two cores: the other half is left to the target on a laptop, and to the kernel anywhere.
  static std::size_t default_count();

  explicit LoopThreads(std::size_t count = default_count());
  ~LoopThreads();
  LoopThreads(const LoopThreads&) = delete;
  LoopThreads& operator=(const LoopThreads&) = delete;

  std::size_t size() const { return threads_.size(); }
  /// How to post to each of them.
  std::vector<std::function<void(std::function<void()>)>> posts();
  net::EventLoop& loop(std::size_t index) { return threads_[index]->loop; }
  /// Runs `work` on the loop and waits for it; throws what it throws.
  void run_on(std::size_t index, const std::function<void()>& work);

 private:
  struct LoopThread {
    net::EventLoop loop;
    std::thread thread;
  };
  std::vector<std::unique_ptr<LoopThread>> threads_;
};

}  // namespace wsdeep::load

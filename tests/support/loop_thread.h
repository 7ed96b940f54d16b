#pragma once

#include <future>
#include <thread>

#include "net/event_loop.h"

namespace wsdeep::test {

/// An event loop on a thread of its own, so that a test can use blocking clients against what lives on it.
/// Whatever belongs to the loop is made and destroyed on it, through `on_loop`.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.run(); }) {}
  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  /// Only to hand to what is made inside `on_loop`.
  net::EventLoop& loop() { return loop_; }

  /// Runs `work` on the loop, waits for it, and returns or throws what it did.
  template <typename Work>
  auto on_loop(Work work) -> decltype(work()) {
    auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    auto result = task->get_future();
    loop_.post([task] { (*task)(); });
    return result.get();
  }

 private:
  net::EventLoop loop_;
  std::thread thread_;
};

}  // namespace wsdeep::test

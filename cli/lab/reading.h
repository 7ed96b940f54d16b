#pragma once

#include <functional>

#include "net/event_loop.h"

namespace wsdeep::lab {

/// Waits for a descriptor (borrowed) to be readable, as long as it is on. Where the system has no descriptor left to
/// wait with, it tries again: what fails for that is one session's output for a while, and not the server.
class Reading {
 public:
  /// `work` runs on the loop each time there is something to read, or the end.
  Reading(net::EventLoop& loop, std::function<void()> work) : loop_(loop), work_(std::move(work)) {}

  /// From now on; nothing changes when it is on.
  void start(int fd);
  /// The same, in a while.
  void start_after(std::chrono::nanoseconds wait, int fd);
  void stop();

 private:
  net::EventLoop& loop_;
  std::function<void()> work_;
  net::EventLoop::Subscription readable_;
  net::EventLoop::Subscription wait_;
  bool told_ = false;  ///< that there is no descriptor
};

}  // namespace wsdeep::lab

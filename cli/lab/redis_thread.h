#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lab/redis_link.h"
#include "net/event_loop.h"

namespace wsdeep::lab {

/// Redis for a loop that must not wait for it: a thread that has the connection, makes it anew when it broke, and while
/// there is none says so at once, trying again after a time that grows from 100 ms to 5 s.
class RedisThread {
 public:
  /// Asks its questions, which must be such that they may be asked twice.
  using Work = std::function<void(RedisLink& link)>;
  /// `fault` says why it did not work; empty: it did.
  using Done = std::function<void(std::string fault)>;

  /// `connected` is told each time a connection was made anew. Its calls come on the loop.
  RedisThread(net::EventLoop& loop, RedisOptions options, std::function<void()> connected);
  /// Waits for no answer any more; `done` of what was asked is not called.
  ~RedisThread();
  RedisThread(const RedisThread&) = delete;
  RedisThread& operator=(const RedisThread&) = delete;

  /// From the loop. At most kMostWaiting at a time: beyond that the fault comes at once.
  void ask(Work work, Done done);
  bool is_up() const;

  static constexpr std::size_t kMostWaiting = 1000;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wsdeep::lab

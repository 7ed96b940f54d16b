#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <unordered_set>

#include "net/event_loop.h"

namespace wsdeep::net {

/// Something whose callbacks may hold the thing itself, such as a WebSocket. When the loop ends before it does, the
/// loop tells it to let go of them: nothing else would ever break that ring.
class LoopMember {
 public:
  explicit LoopMember(EventLoop::Impl& loop);
  virtual ~LoopMember();
  LoopMember(const LoopMember&) = delete;
  LoopMember& operator=(const LoopMember&) = delete;
  virtual void abandon() = 0;

 private:
  EventLoop::Impl& loop_;
};

struct EventLoop::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  /// Before the context: destroying the context destroys members.
  std::unordered_set<LoopMember*> members;
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = make_work_guard(context);
  /// Made by the first `run_blocking`: most programs hash nothing.
  std::optional<boost::asio::thread_pool> pool;
};

struct EventLoop::Subscription::State {
  virtual ~State() = default;
  virtual void cancel() = 0;
};

}  // namespace wsdeep::net

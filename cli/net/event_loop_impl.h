#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>

#include "net/event_loop.h"

namespace wsdeep::net {

struct EventLoop::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

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

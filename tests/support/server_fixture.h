#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "net/server.h"
#include "support/loop_thread.h"

namespace wsdeep::test {

/// A server on a loop thread of its own.
class TestServer {
 public:
  explicit TestServer(net::Server::Handler handler, net::ServerOptions options = {}) {
    thread_.on_loop([&] { server_.emplace(thread_.loop(), options, std::move(handler)); });
    port_ = server_->port();
  }
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  /// Destroys the server; its loop goes on.
  void stop() {
    thread_.on_loop([&] { server_.reset(); });
  }
  std::uint16_t port() const { return port_; }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  LoopThread& thread() { return thread_; }
  net::EventLoop& loop() { return thread_.loop(); }

 private:
  LoopThread thread_;
  std::optional<net::Server> server_;
  std::uint16_t port_ = 0;
};

/// What callbacks on a loop tell the test's thread, in order.
template <typename Item>
class Mailbox {
 public:
  void put(Item item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    arrived_.notify_all();
  }
  /// Waits for the next item, ten seconds at most; throws then.
  Item take() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::seconds(10), [this] { return !items_.empty(); }))
      throw std::runtime_error("nothing arrived in ten seconds");
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return items_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Item> items_;
};

}  // namespace wsdeep::test

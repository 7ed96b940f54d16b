#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>

namespace wsdeep::net {

/// One thread's event loop. Servers, WebSockets, timers and child processes of a program belong to one loop, and their
/// callbacks run on the thread in `run`, one at a time: they need no locks. Only `post` and `stop` may be called from
/// other threads. An exception that leaves a callback leaves `run`. Subscriptions, servers and processes must be let go
/// of before their loop; a WebSocket and an HttpExchange may be held longer, and then do nothing.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs callbacks until `stop`. May be called again afterwards.
  void run();
  void stop();
  void post(std::function<void()> work);

  /// Something that was asked for; letting go of it cancels it, and its callback is not called any more.
  class Subscription {
   public:
    struct State;
    Subscription() = default;
    explicit Subscription(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Subscription(Subscription&&) noexcept = default;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { cancel(); }
    void cancel();
    explicit operator bool() const { return state_ != nullptr; }

   private:
    std::shared_ptr<State> state_;
  };

  [[nodiscard]] Subscription after(std::chrono::nanoseconds delay, std::function<void()> work);
  [[nodiscard]] Subscription every(std::chrono::nanoseconds period, std::function<void()> work);
  /// `work` gets the signal's number each time one of `signals` arrives.
  [[nodiscard]] Subscription on_signal(std::initializer_list<int> signals, std::function<void(int)> work);
  /// `work` runs each time `fd` (borrowed) is readable or at its end, until cancelled. Takes a descriptor; throws
  /// Error{kFailure} when the system has none left.
  [[nodiscard]] Subscription on_readable(int fd, std::function<void()> work);

  /// Runs `work` on a small pool of threads, then `done` on this loop: for hashing passwords and signing.
  /// `done` is dropped when the loop is destroyed first. An exception in `work` arrives in `done` as its argument.
  void run_blocking(std::function<void()> work, std::function<void(std::exception_ptr)> done);

  /// The Asio context behind the loop; for `net`'s own files.
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::net

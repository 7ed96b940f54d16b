#include "net/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <exception>

#include "base/error.h"
#include "net/event_loop_impl.h"

namespace wsdeep::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using State = EventLoop::Subscription::State;

constexpr std::size_t kBlockingThreads = 2;

/// Every kind of subscription keeps itself alive through the handler that it waits with, and looks at `live_` first:
/// a handler that was already queued when the subscription was cancelled finds it false.
class OneShot final : public State, public std::enable_shared_from_this<OneShot> {
 public:
  OneShot(asio::io_context& context, std::function<void()> work) : timer_(context), work_(std::move(work)) {}

  void start(std::chrono::nanoseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this()](error_code) { self->fire(); });
  }
  void cancel() override {
    live_ = false;
    timer_.cancel();
  }

 private:
  void fire() {
    if (!live_) return;
    live_ = false;
    const auto work = std::move(work_);
    work();
  }

  asio::steady_timer timer_;
  std::function<void()> work_;
  bool live_ = true;
};

class Periodic final : public State, public std::enable_shared_from_this<Periodic> {
 public:
  Periodic(asio::io_context& context, std::chrono::nanoseconds period, std::function<void()> work)
      : timer_(context), period_(period), work_(std::move(work)) {}

  void start() {
    timer_.expires_after(period_);
    wait();
  }
  void cancel() override {
    live_ = false;
    timer_.cancel();
  }

 private:
  void wait() {
    timer_.async_wait([self = shared_from_this()](error_code) { self->fire(); });
  }
  void fire() {
    if (!live_) return;
    // From the time that was due, so that the period does not drift; from now when a turn was missed altogether.
    const auto next = timer_.expiry() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(period_);
    timer_.expires_at(std::max(next, std::chrono::steady_clock::now()));
    wait();
    work_();
  }

  asio::steady_timer timer_;
  std::chrono::nanoseconds period_;
  std::function<void()> work_;
  bool live_ = true;
};

class Signals final : public State, public std::enable_shared_from_this<Signals> {
 public:
  Signals(asio::io_context& context, std::function<void(int)> work) : set_(context), work_(std::move(work)) {}

  void add(int signal) { set_.add(signal); }
  void wait() {
    set_.async_wait([self = shared_from_this()](error_code failed, int signal) { self->fire(failed, signal); });
  }
  void cancel() override {
    live_ = false;
    set_.cancel();
    set_.clear();
  }

 private:
  void fire(error_code failed, int signal) {
    if (!live_ || failed) return;
    wait();
    work_(signal);
  }

  asio::signal_set set_;
  std::function<void(int)> work_;
  bool live_ = true;
};

/// Waits for a borrowed descriptor. Asio makes what it waits for non-blocking, which for a terminal changes it under
/// the shell too; so Asio waits for an epoll instance of ours that holds the descriptor, and never touches it.
class Readable final : public State, public std::enable_shared_from_this<Readable> {
 public:
  Readable(asio::io_context& context, std::function<void()> work)
      : context_(context), poll_(context), work_(std::move(work)) {}

  void start(int fd) {
    const int made = ::epoll_create1(EPOLL_CLOEXEC);
    if (made < 0) fail();
    poll_.assign(made);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    const bool added = ::epoll_ctl(made, EPOLL_CTL_ADD, fd, &event) == 0;
    if (!added && errno != EPERM) fail();
    always_ready_ = !added;  // a regular file: never blocks, and epoll refuses it
    wait();
  }
  void cancel() override {
    live_ = false;
    poll_.cancel();
  }

 private:
  [[noreturn]] static void fail() {
    throw Error(ErrorKind::kFailure, std::string("cannot wait for input: ") + std::strerror(errno));
  }
  void wait() {
    if (always_ready_)
      asio::post(context_, [self = shared_from_this()] { self->fire({}); });
    else
      poll_.async_wait(poll_.wait_read, [self = shared_from_this()](error_code failed) { self->fire(failed); });
  }
  void fire(error_code failed) {
    if (!live_ || failed) return;
    work_();
    if (live_) wait();
  }

  asio::io_context& context_;
  asio::posix::stream_descriptor poll_;
  std::function<void()> work_;
  bool live_ = true;
  bool always_ready_ = false;
};

}  // namespace

EventLoop::Impl::~Impl() {
  if (pool) pool->stop(), pool->join();
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  impl_->context.run();
  // Only now, not before running: a `stop` that comes early must not be lost.
  impl_->context.restart();
}

void EventLoop::stop() {
  impl_->context.stop();
}

void EventLoop::post(std::function<void()> work) {
  asio::post(impl_->context, std::move(work));
}

EventLoop::Subscription& EventLoop::Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void EventLoop::Subscription::cancel() {
  if (const auto state = std::exchange(state_, nullptr)) state->cancel();
}

EventLoop::Subscription EventLoop::after(std::chrono::nanoseconds delay, std::function<void()> work) {
  auto timer = std::make_shared<OneShot>(impl_->context, std::move(work));
  timer->start(delay);
  return Subscription(std::move(timer));
}

EventLoop::Subscription EventLoop::every(std::chrono::nanoseconds period, std::function<void()> work) {
  auto timer = std::make_shared<Periodic>(impl_->context, period, std::move(work));
  timer->start();
  return Subscription(std::move(timer));
}

EventLoop::Subscription EventLoop::on_signal(std::initializer_list<int> signals, std::function<void(int)> work) {
  auto set = std::make_shared<Signals>(impl_->context, std::move(work));
  for (const int signal : signals) set->add(signal);
  set->wait();
  return Subscription(std::move(set));
}

EventLoop::Subscription EventLoop::on_readable(int fd, std::function<void()> work) {
  auto readable = std::make_shared<Readable>(impl_->context, std::move(work));
  readable->start(fd);
  return Subscription(std::move(readable));
}

void EventLoop::run_blocking(std::function<void()> work, std::function<void(std::exception_ptr)> done) {
  if (!impl_->pool) impl_->pool.emplace(kBlockingThreads);
  asio::post(*impl_->pool, [&context = impl_->context, work = std::move(work), done = std::move(done)]() mutable {
    std::exception_ptr failure;
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    // Handed over whole: who lets go of it last is not left to chance.
    asio::post(context, [done = std::move(done), failure = std::move(failure)]() mutable { done(std::move(failure)); });
  });
}

}  // namespace wsdeep::net

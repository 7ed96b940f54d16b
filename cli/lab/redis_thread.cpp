#include "lab/redis_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/signals.h"

namespace wsdeep::lab {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

struct Question {
  RedisThread::Work work;
  RedisThread::Done done;
};

}  // namespace

struct RedisThread::Impl : std::enable_shared_from_this<RedisThread::Impl> {
  Impl(net::EventLoop& own, RedisOptions given, std::function<void()> told)
      : loop(own), options(std::move(given)), connected(std::move(told)), cancel(::eventfd(0, EFD_CLOEXEC)) {
    options.cancel_fd = cancel.get();
  }

  void run();
  std::string answer(const Work& work);
  bool connect();
  void lose(const std::string& why);
  /// On the loop, unless the owner is gone by then.
  void tell(std::function<void()> what);

  net::EventLoop& loop;
  RedisOptions options;
  std::function<void()> connected;
  OwnedDescriptor cancel;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> questions;  // with mutex
  bool ends = false;               // with mutex
  std::atomic<bool> up{false};
  std::atomic<bool> gone{false};  // the owner is

  // The thread's own.
  std::unique_ptr<RedisLink> link;
  std::string fault = "not connected yet";
  std::chrono::milliseconds pause = kFirstPause;
  std::chrono::steady_clock::time_point not_before{};
  std::thread thread;
};

void RedisThread::Impl::tell(std::function<void()> what) {
  loop.post([self = shared_from_this(), what = std::move(what)] {
    if (!self->gone) what();
  });
}

void RedisThread::Impl::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return ends || !questions.empty(); });
    if (ends) return;
    Question question = std::move(questions.front());
    questions.pop_front();
    lock.unlock();
    std::string why = answer(question.work);
    tell([done = std::move(question.done), why = std::move(why)] { done(why); });
    lock.lock();
  }
}

/// A connection that was kept may have ended long ago, or lead to what is a replica by now: the first failure of one is
/// tried again on a new one.
std::string RedisThread::Impl::answer(const Work& work) {
  for (int attempt = 0;; ++attempt) {
    const bool was_there = link != nullptr;
    if (!was_there && !connect()) return fault;
    try {
      work(*link);
      pause = kFirstPause;
      return {};
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kRefused) return error.what();
      lose(error.what());
    }
    if (!was_there || attempt > 0) return fault;
    not_before = {};
  }
}

bool RedisThread::Impl::connect() {
  if (std::chrono::steady_clock::now() < not_before) return false;
  try {
    link = std::make_unique<RedisLink>(options);
  } catch (const Error& error) {
    lose(error.what());
    return false;
  }
  up = true;
  log_info("connected to Redis");
  tell(connected);
  return true;
}

void RedisThread::Impl::lose(const std::string& why) {
  link.reset();
  if (up.exchange(false) || fault != why) log_warn("Redis is not there", {{"cause", why}});
  fault = why;
  not_before = std::chrono::steady_clock::now() +
               std::chrono::duration_cast<std::chrono::milliseconds>(pause * (0.5 + random_unit() / 2));
  pause = std::min(pause * 2, kLongestPause);
}

RedisThread::RedisThread(net::EventLoop& loop, RedisOptions options, std::function<void()> connected)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(connected))) {
  const SignalsBlocked not_here;
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

RedisThread::~RedisThread() {
  impl_->gone = true;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ends = true;
  }
  impl_->changed.notify_all();
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t woken = ::write(impl_->cancel.get(), &one, sizeof one);
  impl_->thread.join();
}

void RedisThread::ask(Work work, Done done) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->questions.size() < kMostWaiting) {
      impl_->questions.push_back({std::move(work), std::move(done)});
      done = nullptr;
    }
  }
  impl_->changed.notify_all();
  if (done) impl_->tell([done = std::move(done)] { done("too many questions wait for Redis"); });
}

bool RedisThread::is_up() const {
  return impl_->up;
}

}  // namespace wsdeep::lab

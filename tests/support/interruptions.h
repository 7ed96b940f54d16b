#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace wsdeep::test {

/// While it lives, the thread that made it gets a signal each millisecond, whose handler does nothing but count: every
/// call that blocks ends with EINTR.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++count_; };
    ::sigaction(SIGUSR2, &action, &before_);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR2;
    event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) throw std::runtime_error("no timer");
    const itimerspec each{{0, 1'000'000}, {0, 1'000'000}};
    ::timer_settime(timer_, 0, &each, nullptr);
  }
  ~Interruptions() {
    ::timer_delete(timer_);
    ::sigaction(SIGUSR2, &before_, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  /// From another thread: until so many more have come.
  static void await(int more) {
    const int wanted = count_ + more;
    while (count_ < wanted) std::this_thread::yield();
  }

 private:
  static inline std::atomic<int> count_{0};
  struct sigaction before_ {};
  timer_t timer_{};
};

}  // namespace wsdeep::test

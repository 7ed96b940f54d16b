#pragma once

#include <signal.h>

#include <initializer_list>

namespace wsdeep {

/// Keeps signals from this thread, and from those that it starts, for as long as it lives: they wait, or go to another
/// thread. Whoever holds signals back does it with this: a thread that must not be the one that is interrupted, and a
/// prompt that lets them in where it waits. (A new process does it by itself, between two system calls.)
class SignalsBlocked {
 public:
  explicit SignalsBlocked(std::initializer_list<int> signals = {SIGINT, SIGTERM}) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  /// What was blocked before.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

}  // namespace wsdeep

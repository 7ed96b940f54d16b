#pragma once

#include <signal.h>

namespace wsdeep {

/// Keeps SIGINT and SIGTERM from this thread, and from those that it starts, for as long as it lives: they wait, or go
/// to another thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t both;
    sigemptyset(&both);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&both, signal);
    pthread_sigmask(SIG_BLOCK, &both, &before_);
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

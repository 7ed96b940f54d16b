#include "terminal/signal_handover.h"

#include <csignal>

namespace wsdeep {

void hand_signal_over(int signal, void (*from)(int), void (*to)(int)) noexcept {
  struct sigaction before {};
  if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler != from) return;
  struct sigaction action {};
  action.sa_handler = to;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

void do_by_default(int signal, void (*handler)(int)) noexcept {
  hand_signal_over(signal, handler, SIG_DFL);
  std::raise(signal);
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, signal);
  pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
  hand_signal_over(signal, SIG_DFL, handler);
}

}  // namespace wsdeep

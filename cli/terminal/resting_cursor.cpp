#include "terminal/resting_cursor.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace wsdeep {
namespace {

std::atomic<int> g_rows{0};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr std::initializer_list<int> kLeaving = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

/// Changes who handles a signal, where it is `from`.
void hand_over(int signal, void (*from)(int), void (*to)(int)) {
  struct sigaction before {};
  if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler != from) return;
  struct sigaction action {};
  action.sa_handler = to;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

extern "C" void leave(int signal) {
  bring_cursor_down();
  hand_over(signal, leave, SIG_DFL);
  std::raise(signal);
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, signal);
  pthread_sigmask(SIG_UNBLOCK, &held, nullptr);  // here it ends; or stops, until the shell lets it go on
  hand_over(signal, SIG_DFL, leave);
}

}  // namespace

void bring_cursor_down() noexcept {
  const int saved = errno;
  for (int rows = g_rows.exchange(0); rows > 0; --rows)
    [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, "\n", 1);
  errno = saved;
}

RestingCursor::RestingCursor(bool handle) : handle_(handle) {
  if (!handle_) return;
  for (const int signal : kLeaving) hand_over(signal, SIG_DFL, leave);
}

RestingCursor::~RestingCursor() {
  rests_above(0);
  if (!handle_) return;
  for (const int signal : kLeaving) hand_over(signal, leave, SIG_DFL);
}

void RestingCursor::rests_above(int rows) {
  g_rows = rows;
}

bool RestingCursor::rests() const {
  return g_rows > 0;
}

}  // namespace wsdeep

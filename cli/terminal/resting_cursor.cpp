#include "terminal/resting_cursor.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "terminal/signal_handover.h"

namespace wsdeep {
namespace {

std::atomic<int> g_rows{0};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr std::initializer_list<int> kLeaving = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

extern "C" void leave(int signal) {
  bring_cursor_down();
  do_by_default(signal, leave);
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
  for (const int signal : kLeaving) hand_signal_over(signal, SIG_DFL, leave);
}

RestingCursor::~RestingCursor() {
  rests_above(0);
  if (!handle_) return;
  for (const int signal : kLeaving) hand_signal_over(signal, leave, SIG_DFL);
}

void RestingCursor::rests_above(int rows) {
  g_rows = rows;
}

bool RestingCursor::rests() const {
  return g_rows > 0;
}

}  // namespace wsdeep

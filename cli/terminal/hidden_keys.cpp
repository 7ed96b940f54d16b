#include "terminal/hidden_keys.h"

#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <initializer_list>

#include "terminal/signal_handover.h"

namespace wsdeep {
namespace {

constexpr std::initializer_list<int> kDisturbing = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGTSTP};

termios g_shown_keys{};
std::atomic<bool> g_keys_hidden{false};
std::atomic<bool> g_to_be_hidden{false};  ///< somebody wants them so
static_assert(std::atomic<bool>::is_always_lock_free);

// POSIX lets a handler call all of this. What is set is set now, not when all output is drained: a terminal may be held
// (Ctrl-S).

void show_keys() {
  if (g_keys_hidden.exchange(false)) ::tcsetattr(STDIN_FILENO, TCSANOW, &g_shown_keys);
}

/// False where the terminal is somebody else's at the moment, or none.
bool hide_keys() {
  const pid_t shown = ::tcgetpgrp(STDIN_FILENO);  // a terminal that is not our session's has no such thing
  if (shown >= 0 && shown != ::getpgrp()) return false;
  if (g_keys_hidden) return true;
  if (::tcgetattr(STDIN_FILENO, &g_shown_keys) != 0) return false;
  termios hidden = g_shown_keys;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ECHONL | IEXTEN);
  hidden.c_cc[VMIN] = 1;
  hidden.c_cc[VTIME] = 0;
  g_keys_hidden = true;  // before it is so: a crash may come between
  const bool done = ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden) == 0;
  g_keys_hidden = done;
  return done;
}

extern "C" void show_keys_first(int signal) {
  const int saved = errno;
  show_keys();
  do_by_default(signal, show_keys_first);
  if (g_to_be_hidden) hide_keys();
  errno = saved;
}

}  // namespace

HiddenKeys::HiddenKeys() {
  for (const int signal : kDisturbing) hand_signal_over(signal, SIG_DFL, show_keys_first);
  g_to_be_hidden = true;
  hide_keys();
}

HiddenKeys::~HiddenKeys() {
  g_to_be_hidden = false;
  show_keys();
  for (const int signal : kDisturbing) hand_signal_over(signal, show_keys_first, SIG_DFL);
}

bool HiddenKeys::hide() {
  return hide_keys();
}

}  // namespace wsdeep

#include "terminal/raw_terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "base/error.h"
#include "terminal/signal_handover.h"

namespace wsdeep {
namespace {

constexpr std::initializer_list<int> kCrashes = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

termios g_before{};
volatile std::sig_atomic_t g_raw = 0;

/// POSIX lets a handler call tcsetattr.
extern "C" void put_right_and_crash(int signal) {
  if (g_raw != 0) ::tcsetattr(STDIN_FILENO, TCSANOW, &g_before);
  do_by_default(signal, put_right_and_crash);
}

}  // namespace

RawTerminal::RawTerminal() {
  if (::tcgetattr(STDIN_FILENO, &g_before) != 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot use the terminal: {}", std::strerror(errno)));
  for (const int signal : kCrashes) hand_signal_over(signal, SIG_DFL, put_right_and_crash);
  enter();
}

RawTerminal::~RawTerminal() {
  leave();
  for (const int signal : kCrashes) hand_signal_over(signal, put_right_and_crash, SIG_DFL);
}

void RawTerminal::enter() {
  termios raw = g_before;
  ::cfmakeraw(&raw);
  g_raw = 1;
  if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0) return;
  g_raw = 0;
  throw Error(ErrorKind::kFailure, fmt::format("cannot use the terminal: {}", std::strerror(errno)));
}

void RawTerminal::leave() {
  if (g_raw == 0) return;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &g_before);
  g_raw = 0;
}

ScreenSize RawTerminal::size() const {
  ScreenSize size;
  winsize told{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &told) != 0) return size;
  if (told.ws_col > 0) size.columns = told.ws_col;
  if (told.ws_row > 0) size.rows = told.ws_row;
  return size;
}

}  // namespace wsdeep

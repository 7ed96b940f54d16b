#include "terminal/interrupts.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "base/signals.h"
#include "terminal/resting_cursor.h"

namespace wsdeep {
namespace {

// A handler may do little: it writes a byte that the waiting threads see, which nobody takes out.
std::array<int, 2> g_pipe{-1, -1};
std::atomic<int> g_requested{0};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr std::initializer_list<int> kSignals = {SIGINT, SIGTERM, SIGHUP};

extern "C" void note(int signal) {
  if (g_requested.exchange(1) != 0) {
    // A terminal that closes may say so more than once.
    if (signal == SIGHUP) return;
    bring_cursor_down();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  const int saved = errno;
  [[maybe_unused]] const ssize_t done = ::write(g_pipe[1], "!", 1);
  errno = saved;
}

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART, so that the read of a prompt ends.
  for (const int signal : kSignals) {
    // What was ignored when the program started stays so: SIGHUP under nohup, SIGINT in a script's background.
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);
  }
}

bool wait_for_byte(int timeout_ms) {
  pollfd waiting{g_pipe[0], POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

}  // namespace

Interrupts::Interrupts() {
  if (::pipe2(g_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw Error(ErrorKind::kFailure, std::string("cannot make a pipe: ") + std::strerror(errno));
  g_requested = 0;
  {
    // Signals are for the thread that may wait at a prompt, not for the watcher.
    const SignalsBlocked blocked(kSignals);
    watcher_ = std::jthread([this] { watch(); });
  }
  set_handler(note);
}

Interrupts::~Interrupts() {
  set_handler(SIG_DFL);
  // Wakes the watcher.
  [[maybe_unused]] const ssize_t done = ::write(g_pipe[1], "!", 1);
  watcher_.join();
  for (int& end : g_pipe) {
    ::close(end);
    end = -1;
  }
}

void Interrupts::watch() {
  while (!wait_for_byte(-1)) {
  }
  if (requested()) stop_.request_stop();
}

bool Interrupts::requested() const {
  return g_requested != 0;
}

bool Interrupts::wait(std::chrono::milliseconds duration) const {
  if (!requested()) wait_for_byte(static_cast<int>(duration.count()));
  return requested();
}

}  // namespace wsdeep

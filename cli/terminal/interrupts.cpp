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

// A handler may do little: it writes a byte that the waiting threads see, which nobody takes out. The second signal has
// a pipe of its own.
using Pipe = std::array<int, 2>;
std::array<Pipe, 2> g_pipes{{{-1, -1}, {-1, -1}}};
std::atomic<int> g_requested{0};
std::atomic<int> g_noted{1};  ///< so many signals are; the next one ends the program
static_assert(std::atomic<int>::is_always_lock_free);

constexpr std::initializer_list<int> kSignals = {SIGINT, SIGTERM, SIGHUP};

void put_byte(const Pipe& pipe) {
  [[maybe_unused]] const ssize_t done = ::write(pipe[1], "!", 1);
}

extern "C" void note(int signal) {
  // A terminal that closes may say so more than once.
  if (signal == SIGHUP && g_requested != 0) return;
  const int before = g_requested.fetch_add(1);
  if (before >= g_noted) {
    bring_cursor_down();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  const int saved = errno;
  put_byte(g_pipes[static_cast<std::size_t>(before)]);
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

bool wait_for_byte(const Pipe& pipe, int timeout_ms) {
  pollfd waiting{pipe[0], POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

}  // namespace

Interrupts::Interrupts(Second second) {
  for (Pipe& pipe : g_pipes)
    if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
      throw Error(ErrorKind::kFailure, std::string("cannot make a pipe: ") + std::strerror(errno));
  g_requested = 0;
  g_noted = second == Second::kHurries ? 2 : 1;
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
  for (const Pipe& pipe : g_pipes) put_byte(pipe);
  watcher_.join();
  for (Pipe& pipe : g_pipes)
    for (int& end : pipe) {
      ::close(end);
      end = -1;
    }
}

void Interrupts::watch() {
  while (!wait_for_byte(g_pipes[0], -1)) {
  }
  if (requested()) stop_.request_stop();
  while (!wait_for_byte(g_pipes[1], -1)) {
  }
  if (g_requested > 1) hurry_.request_stop();
}

bool Interrupts::requested() const {
  return g_requested != 0;
}

bool Interrupts::wait(std::chrono::milliseconds duration) const {
  if (!requested()) wait_for_byte(g_pipes[0], static_cast<int>(duration.count()));
  return requested();
}

}  // namespace wsdeep

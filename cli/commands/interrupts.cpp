#include "commands/interrupts.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"

namespace wsdeep::commands {
namespace {

// A handler may do little: it writes a byte that the waiting thread reads.
std::array<int, 2> g_pipe{-1, -1};
volatile std::sig_atomic_t g_requested = 0;

extern "C" void note(int signal) {
  if (g_requested != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  g_requested = 1;
  const int saved = errno;
  [[maybe_unused]] const ssize_t done = ::write(g_pipe[1], "!", 1);
  errno = saved;
}

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART, so that the read of a prompt ends.
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupts::Interrupts() {
  if (::pipe2(g_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw Error(ErrorKind::kFailure, std::string("cannot make a pipe: ") + std::strerror(errno));
  g_requested = 0;
  set_handler(note);
}

Interrupts::~Interrupts() {
  set_handler(SIG_DFL);
  for (int& end : g_pipe) {
    ::close(end);
    end = -1;
  }
}

bool Interrupts::requested() const {
  return g_requested != 0;
}

bool Interrupts::wait(std::chrono::milliseconds duration) const {
  pollfd waiting{g_pipe[0], POLLIN, 0};
  ::poll(&waiting, 1, static_cast<int>(duration.count()));
  return requested();
}

}  // namespace wsdeep::commands

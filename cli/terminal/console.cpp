#include "terminal/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <optional>

#include "base/display.h"
#include "base/error.h"
#include "base/signals.h"

namespace wsdeep {
namespace {

constexpr std::size_t kMaxLine = 64 * 1024;

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

/// What it does not say is as it has been since the VT100.
ScreenSize size_of(int terminal) {
  ScreenSize size;
  winsize told{};
  if (ioctl(terminal, TIOCGWINSZ, &told) != 0) return size;
  if (told.ws_col > 0) size.columns = told.ws_col;
  if (told.ws_row > 0) size.rows = told.ws_row;
  return size;
}

/// False when a signal ended the waiting. Signals that were held back come only now, under the mask `waiting`: one that
/// comes between question and waiting is not lost.
bool wait_for_input(int fd, const sigset_t& waiting) {
  pollfd input{fd, POLLIN, 0};
  return ::ppoll(&input, 1, nullptr, &waiting) >= 0;
}

/// For as long as it lives, the signals that would end or stop the process are held back, and noted once they are let
/// through, where nobody else handles them: a prompt has to put the terminal right first.
class SignalsNoted {
 public:
  SignalsNoted() {
    noted_ = 0;
    std::size_t i = 0;
    for (const int signal : kStopping) {
      struct sigaction& before = before_[i++];
      ::sigaction(signal, nullptr, &before);
      if (before.sa_handler != SIG_DFL) continue;
      struct sigaction note {};
      note.sa_handler = [](int came) { noted_ = came; };
      ::sigaction(signal, &note, nullptr);
    }
  }
  SignalsNoted(const SignalsNoted&) = delete;
  SignalsNoted& operator=(const SignalsNoted&) = delete;
  ~SignalsNoted() {
    std::size_t i = 0;
    for (const int signal : kStopping) ::sigaction(signal, &before_[i++], nullptr);
  }

  /// What was held back before.
  const sigset_t& before() const { return blocked_.before(); }
  /// The one that came last; 0 when none did.
  static int last() { return noted_; }

 private:
  static constexpr std::initializer_list<int> kStopping = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  static inline volatile std::sig_atomic_t noted_ = 0;
  // Destroyed last: what is held back is let through only when the handlers are as they were.
  const SignalsBlocked blocked_{kStopping};
  std::array<struct sigaction, kStopping.size()> before_{};
};

std::string read_line(int fd, const sigset_t& waiting) {
  std::string line;
  for (char c = 0; line.size() < kMaxLine;) {
    const ssize_t got = wait_for_input(fd, waiting) ? ::read(fd, &c, 1) : -1;
    if (got < 0) throw Error(ErrorKind::kInterrupted, "interrupted while waiting for an answer");
    if (got == 0 && line.empty()) throw Error(ErrorKind::kInterrupted, "no answer: end of input");
    if (got == 0 || c == '\n') break;
    line += c;
  }
  return line;
}

/// Turns the terminal's echo off for as long as it lives.
class EchoOff {
 public:
  explicit EchoOff(int fd) : fd_(fd) {
    tcgetattr(fd_, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() { tcsetattr(fd_, TCSAFLUSH, &before_); }

 private:
  int fd_;
  termios before_{};
};

}  // namespace

Console::Console()
    : stdin_terminal_(isatty(STDIN_FILENO) == 1),
      stdout_terminal_(isatty(STDOUT_FILENO) == 1),
      stderr_terminal_(isatty(STDERR_FILENO) == 1) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  dumb_ = term == nullptr || *term == '\0' || std::strcmp(term, "dumb") == 0;
  colour_allowed_ = !refused && !dumb_;
}

int Console::columns() const {
  return static_cast<int>(size_of(stdout_terminal_ ? STDOUT_FILENO : STDERR_FILENO).columns);
}

ScreenSize Console::size() const {
  return size_of(STDERR_FILENO);
}

bool Console::in_foreground() const {
  const pid_t shown = ::tcgetpgrp(STDERR_FILENO);
  return shown < 0 || shown == ::getpgrp();  // a terminal that is not our session's has no such thing
}

std::string Console::style_out(std::string_view sgr, std::string_view text) const {
  return stdout_terminal_ && colour_allowed_ ? styled(sgr, text) : std::string(text);
}

std::string Console::style_err(std::string_view sgr, std::string_view text) const {
  return stderr_terminal_ && colour_allowed_ ? styled(sgr, text) : std::string(text);
}

void Console::out(std::string_view text) const {
  if (write_all(STDOUT_FILENO, text)) return;
  if (errno == EPIPE) throw ReaderGone();
  throw Error(ErrorKind::kFailure, fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

void Console::err(std::string_view text) const {
  write_all(STDERR_FILENO, text);
}

void Console::require_terminal(std::string_view instead) const {
  if (!stdin_terminal_)
    throw Error(ErrorKind::kUsage, fmt::format("{} required when not running interactively", instead));
}

std::string Console::ask(std::string_view prompt, std::string_view instead) const {
  require_terminal(instead);
  const SignalsBlocked blocked;
  err(prompt);
  try {
    return read_line(STDIN_FILENO, blocked.before());
  } catch (const Error&) {
    err("\n");  // what follows is not to stand behind the question
    throw;
  }
}

std::string Console::ask_secret(std::string_view prompt, std::string_view instead) const {
  require_terminal(instead);
  for (;;) {
    std::optional<std::string> answer;
    {
      const SignalsNoted noted;
      const EchoOff silent(STDIN_FILENO);
      err(prompt);
      try {
        answer = read_line(STDIN_FILENO, noted.before());
      } catch (const Error&) {
        err("\n");
        if (SignalsNoted::last() == 0) throw;
      }
    }
    if (answer) {
      err("\n");
      return *std::move(answer);
    }
    // Now that the terminal is as it was, the signal may do what it does. Who was stopped is asked again.
    ::raise(SignalsNoted::last());
  }
}

}  // namespace wsdeep

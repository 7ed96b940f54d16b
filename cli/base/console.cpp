#include "base/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

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

std::string styled(bool on, std::string_view sgr, std::string_view text) {
  return on ? fmt::format("\x1b[{}m{}\x1b[0m", sgr, text) : std::string(text);
}

/// False when a signal ended the waiting. Signals that `blocked` holds back come only now: one that comes between
/// question and waiting is not lost.
bool wait_for_input(int fd, const SignalsBlocked& blocked) {
  pollfd input{fd, POLLIN, 0};
  return ::ppoll(&input, 1, nullptr, &blocked.before()) >= 0;
}

std::string read_line(int fd, const SignalsBlocked& blocked) {
  std::string line;
  for (char c = 0; line.size() < kMaxLine;) {
    const ssize_t got = wait_for_input(fd, blocked) ? ::read(fd, &c, 1) : -1;
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
  colour_allowed_ = !refused && term != nullptr && std::strcmp(term, "dumb") != 0;
}

int Console::columns() const {
  winsize size{};
  const int fd = stdout_terminal_ ? STDOUT_FILENO : STDERR_FILENO;
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string Console::style_out(std::string_view sgr, std::string_view text) const {
  return styled(stdout_terminal_ && colour_allowed_, sgr, text);
}

std::string Console::style_err(std::string_view sgr, std::string_view text) const {
  return styled(stderr_terminal_ && colour_allowed_, sgr, text);
}

void Console::out(std::string_view text) const {
  if (!write_all(STDOUT_FILENO, text))
    throw Error(ErrorKind::kFailure, fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

void Console::err(std::string_view text) const {
  write_all(STDERR_FILENO, text);
}

std::string Console::ask(std::string_view prompt, std::string_view instead) const {
  if (!stdin_terminal_)
    throw Error(ErrorKind::kUsage, fmt::format("{} required when not running interactively", instead));
  const SignalsBlocked blocked;
  err(prompt);
  try {
    return read_line(STDIN_FILENO, blocked);
  } catch (const Error&) {
    err("\n");  // what follows is not to stand behind the question
    throw;
  }
}

std::string Console::ask_secret(std::string_view prompt, std::string_view instead) const {
  if (!stdin_terminal_)
    throw Error(ErrorKind::kUsage, fmt::format("{} required when not running interactively", instead));
  const EchoOff silent(STDIN_FILENO);
  std::string answer = ask(prompt, instead);
  err("\n");
  return answer;
}

}  // namespace wsdeep

#include "local/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace wsdeep::local {
namespace {

constexpr int kReadyTimeoutS = 60;  // a laptop that builds at the same time has needed 30
constexpr int kStopTimeoutMs = 10'000;
constexpr const char* kReady = "ready\n";

void tell_parent(int fd, const std::string& text) {
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t done = ::write(fd, text.data(), text.size());
  ::close(fd);
}

/// What the detached process says, until it closes its end; `log` is where more may stand when it says nothing in time.
std::string read_answer(int fd, const std::filesystem::path& log) {
  std::string answer;
  char block[4096];
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kReadyTimeoutS * 1000);
    if (ready < 0 && errno == EINTR) throw Error(ErrorKind::kInterrupted, "interrupted while the system was starting");
    if (ready == 0) return fmt::format("it did not get ready within {} s\nsee {}", kReadyTimeoutS, log.string());
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got <= 0) return answer;
    answer.append(block, static_cast<std::size_t>(got));
  }
}

[[noreturn]] void become_daemon(char* const* argv, const std::filesystem::path& log) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDONLY);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  if (out >= 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
  }
  ::execv(argv[0], argv);
  ::_exit(127);
}

struct Pipe {
  Pipe() {
    if (::pipe2(fds, 0) != 0)
      throw Error(ErrorKind::kFailure, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    ::fcntl(fds[0], F_SETFD, FD_CLOEXEC);
  }
  ~Pipe() {
    ::close(fds[0]);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write_end() {
    if (fds[1] >= 0) ::close(fds[1]);
    fds[1] = -1;
  }

  int fds[2] = {-1, -1};
};

pid_t spawn(std::vector<std::string>& words, const std::filesystem::path& log) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorKind::kFailure, fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) become_daemon(argv.data(), log);
  return child;
}

}  // namespace

void start_detached(std::vector<std::string> words, const std::filesystem::path& log) {
  Pipe pipe;
  words.insert(words.end(), {"--ready-fd", std::to_string(pipe.fds[1])});
  const pid_t child = spawn(words, log);
  pipe.close_write_end();
  const std::string answer = read_answer(pipe.fds[0], log);
  if (answer == kReady) return;
  ::kill(child, SIGTERM);
  const std::size_t end = answer.find('\n');
  if (answer.empty())
    throw Error(ErrorKind::kFailure, "the local system ended while it was starting", "see " + log.string());
  throw Error(ErrorKind::kFailure, answer.substr(0, end), end == std::string::npos ? "" : answer.substr(end + 1));
}

void tell_ready(int ready_fd) {
  tell_parent(ready_fd, kReady);
}

void tell_failure(int ready_fd, const Error& error) {
  tell_parent(ready_fd, std::string(error.what()) + "\n" + error.hint());
}

void stop(const ServerInfo& info) {
  // A descriptor of the process, so that its number cannot mean another one meanwhile.
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, info.pid, 0));
  if (process < 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot reach process {}: {}", info.pid, std::strerror(errno)));
  ::syscall(SYS_pidfd_send_signal, process, SIGTERM, nullptr, 0);
  pollfd ended{process, POLLIN, 0};
  const int result = ::poll(&ended, 1, kStopTimeoutMs);
  ::close(process);
  if (result <= 0)
    throw Error(ErrorKind::kFailure, fmt::format("process {} does not stop", info.pid),
                fmt::format("end it with: kill -9 {}", info.pid));
}

}  // namespace wsdeep::local

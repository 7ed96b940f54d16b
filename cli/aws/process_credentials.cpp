#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "aws/credential_sources.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxOutput = 64 << 10;

Error failure(const std::string& cause) {
  return {ErrorKind::kRefused, "credential_process " + cause,
          "run the command in the profile's credential_process by hand to see what is wrong"};
}

/// A shell that runs a command; killed with all it started, and reaped, when it is let go of.
class ShellCommand {
 public:
  ShellCommand(const Env& env, const std::string& command, int stdout_fd) {
    std::vector<std::string> entries;
    for (const auto& [name, value] : env.all()) entries.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& entry : entries) environment.push_back(entry.data());
    environment.push_back(nullptr);
    std::string shell = "sh", flag = "-c", text = command;
    char* const arguments[] = {shell.data(), flag.data(), text.data(), nullptr};

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // Not our stdin: it may be the text that somebody pipes to a chat. Stderr stays: such tools talk to people there.
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int fault = posix_spawn(&pid_, "/bin/sh", &actions, &attributes, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (fault != 0) throw failure(fmt::format("cannot be started: {}", std::strerror(fault)));
  }
  ShellCommand(const ShellCommand&) = delete;
  ShellCommand& operator=(const ShellCommand&) = delete;
  ~ShellCommand() {
    ::kill(-pid_, SIGKILL);
    if (!reaped_) ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  /// The wait status; call it once the process is known to have ended.
  int reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    reaped_ = true;
    return status;
  }

 private:
  pid_t pid_ = 0;
  bool reaped_ = false;
};

/// How long the command may take, and who may end it before.
struct Limit {
  std::chrono::milliseconds timeout;
  std::chrono::steady_clock::time_point deadline;
  const std::stop_token& stop;
};

/// Waits until `fd` is readable or at its end; throws when the deadline comes first, or the stop.
void wait_readable(int fd, const Limit& limit) {
  constexpr std::chrono::milliseconds kLook{100};
  for (;;) {
    if (limit.stop.stop_requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit.deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      throw failure(fmt::format("did not answer within {}", limit.timeout.count() < 1000
                                                                ? fmt::format("{} ms", limit.timeout.count())
                                                                : fmt::format("{} s", limit.timeout.count() / 1000)));
    pollfd watched{fd, POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::min(left, kLook).count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw failure(std::strerror(errno));
  }
}

std::string read_all(int fd, const Limit& limit) {
  std::string output;
  char block[4096];
  for (;;) {
    wait_readable(fd, limit);
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    output.append(block, static_cast<std::size_t>(got));
    if (output.size() > kMaxOutput) throw failure("printed too much");
  }
}

std::string run_shell(const Env& env, const std::string& command, const Limit& limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw failure(std::strerror(errno));
  OwnedDescriptor read_end(ends[0]), write_end(ends[1]);
  ShellCommand shell(env, command, write_end.get());
  write_end.close();
  std::string output = read_all(read_end.get(), limit);
  const OwnedDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, shell.pid(), 0)));
  if (process.get() < 0) throw failure(std::strerror(errno));
  wait_readable(process.get(), limit);
  const int status = shell.reap();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw failure(WIFEXITED(status) ? fmt::format("failed with exit code {}", WEXITSTATUS(status))
                                    : fmt::format("was ended by signal {}", WTERMSIG(status)));
  return output;
}

/// A parser quotes what it cannot read, and that may be a secret.
Credentials credentials_in(const std::string& output) {
  if (output.find_first_not_of(" \t\r\n") == std::string::npos) throw failure("printed nothing");
  try {
    const wire::Json document = wire::parse_json(output, "its output");
    if (wire::JsonFields(document).integer_or("Version", 0) == 1)
      return read_key_document(output, "its output", "SessionToken");
  } catch (const Error& error) {
    throw failure(fmt::format("printed no credentials: {}", error.what()));
  }
  throw failure("printed a document of unknown version");
}

}  // namespace

Credentials process_credentials(const Env& env, const std::string& command, std::chrono::milliseconds timeout,
                                const std::stop_token& stop) {
  const Limit limit{timeout, std::chrono::steady_clock::now() + timeout, stop};
  return credentials_in(run_shell(env, command, limit));
}

}  // namespace wsdeep::aws

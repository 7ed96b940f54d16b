#include "lab/jail_programs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <climits>

#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

constexpr int kCannotStart = 127;
constexpr const char* kFolderFile = "/dev/shm/.lab-folder";
/// Remembers where it ended, whatever it is that ends it.
constexpr const char* kCommandScript = "trap 'pwd -P >/dev/shm/.lab-folder 2>/dev/null' EXIT\neval \"$1\"";

const char* const kEnvironment[] = {"HOME=/home/lab",
                                    "USER=lab",
                                    "LOGNAME=lab",
                                    "SHELL=/bin/bash",
                                    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/games",
                                    "LANG=C.UTF-8",
                                    "HISTCONTROL=ignoreboth",
                                    "TMPDIR=/tmp",
                                    nullptr};

/// What the keeper inherited, and this process blocked, is not for programs.
void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void set_environment(const char* terminal) {
  ::clearenv();
  for (const char* const* one = kEnvironment; *one != nullptr; ++one) ::putenv(const_cast<char*>(*one));
  ::setenv("TERM", terminal, 1);
}

void enter_folder(pid_t shell) {
  char path[PATH_MAX] = {};
  const OwnedDescriptor kept(::open(kFolderFile, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (kept.get() >= 0) {
    ssize_t length = ::read(kept.get(), path, sizeof path - 1);
    while (length > 0 && path[length - 1] == '\n') path[--length] = '\0';
  } else {
    const std::string link = fmt::format("/proc/{}/cwd", shell);
    if (::readlink(link.c_str(), path, sizeof path - 1) < 0) path[0] = '\0';
  }
  if (path[0] != '/' || ::chdir(path) != 0) [[maybe_unused]]
    const int stays = ::chdir("/home/lab");
}

[[noreturn]] void become_command(const std::string& command, int output, pid_t shell) {
  ::setsid();
  reset_signals();
  const int null = ::open("/dev/null", O_RDONLY);
  if (::dup2(null, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0)
    ::_exit(kCannotStart);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  enter_folder(shell);
  set_environment("dumb");
  for (const char* program : {"/bin/bash", "/bin/sh"})
    ::execl(program, program, "-c", kCommandScript, "lab", command.c_str(), nullptr);
  ::_exit(kCannotStart);
}

[[noreturn]] void become_shell(const Terminal& terminal, const std::string& shell) {
  ::setsid();
  reset_signals();
  ::ioctl(terminal.slave.get(), TIOCSCTTY, 0);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::dup2(terminal.slave.get(), fd) < 0) ::_exit(kCannotStart);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  [[maybe_unused]] const int at_home = ::chdir("/home/lab");
  set_environment("xterm-256color");
  const std::size_t slash = shell.rfind('/');
  ::execl(shell.c_str(), shell.c_str() + slash + 1, "-i", nullptr);
  ::_exit(kCannotStart);
}

}  // namespace

Terminal open_terminal(TerminalSize size) {
  Terminal terminal;
  terminal.master = OwnedDescriptor(
      checked(::open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), "cannot open a terminal"));
  checked(::unlockpt(terminal.master.get()), "cannot unlock the terminal");
  int number = 0;
  checked(::ioctl(terminal.master.get(), TIOCGPTN, &number), "cannot tell the terminal's number");
  terminal.slave = OwnedDescriptor(checked(
      ::open(fmt::format("/dev/pts/{}", number).c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC), "cannot open the terminal"));
  const winsize wanted{static_cast<unsigned short>(size.rows), static_cast<unsigned short>(size.cols), 0, 0};
  checked(::ioctl(terminal.master.get(), TIOCSWINSZ, &wanted), "cannot size the terminal");
  return terminal;
}

std::string shell_of(const JailOptions& options) {
  for (const std::string& shell : {options.shell, std::string("/bin/sh")})
    if (::access(shell.c_str(), X_OK) == 0) return shell;
  fail_of_system("cannot run " + options.shell + " or /bin/sh of the image");
}

pid_t start_shell_on(const Terminal& terminal, const std::string& shell) {
  const pid_t pid = checked(::fork(), "cannot start the shell");
  if (pid == 0) become_shell(terminal, shell);
  return pid;
}

pid_t start_command(const std::string& command, int output, pid_t shell) {
  const pid_t pid = ::fork();
  if (pid == 0) become_command(command, output, shell);
  return pid;
}

}  // namespace wsdeep::lab

#include "lab/jail_init.h"

#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <exception>
#include <map>

#include "base/error.h"
#include "lab/jail_programs.h"
#include "lab/jail_rights.h"
#include "lab/jail_root.h"
#include "lab/packets.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostCommands = 8;
constexpr int kLostServer = 129;  // as of a shell that SIGHUP ended

/// As a shell tells it: 128 and the number for a signal.
int status_of(int waited) {
  return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

class Init {
 public:
  Init(const JailOptions& options, JailStart start)
      : options_(options),
        control_(std::move(start.control)),
        image_(std::move(start.image)),
        size_{start.cols, start.rows} {}

  void shut_in(OwnedDescriptor go);
  [[noreturn]] void run();

 private:
  void serve_control();
  void run_command(const std::string& id, const std::string& command, const OwnedDescriptor& output);
  void bury();

  const JailOptions& options_;
  OwnedDescriptor control_;
  std::string image_;
  TerminalSize size_;
  OwnedDescriptor children_;  ///< readable when some died
  pid_t shell_ = -1;
  std::map<pid_t, std::string> commands_;
};

void Init::shut_in(OwnedDescriptor go) {
  char byte = 0;
  if (::read(go.get(), &byte, 1) != 1) ::_exit(1);  // the keeper has said why
  ::setgroups(0, nullptr);                          // refused, and the groups kept, where the server is not root
  checked(::setresgid(kJailUser, kJailUser, kJailUser), "cannot become the session's group");
  checked(::setresuid(kJailUser, kJailUser, kJailUser), "cannot become the session's user");
  // A change of user clears it, and the death of the keeper before it goes unseen: the control socket ends then.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::unshare(CLONE_NEWCGROUP);  // a view only: what the limits are does not depend on it
  checked(::sethostname("lab", 3), "cannot name the session's host");
  bring_loopback_up();
  make_jail_root(options_, image_);
  limit_resources(options_);
}

void Init::run() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  checked(::sigprocmask(SIG_SETMASK, &wanted, nullptr), "cannot wait for children");
  children_ = OwnedDescriptor(checked(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for children"));
  Terminal terminal = open_terminal(size_);
  give_up_rights();
  shell_ = start_shell_on(terminal, shell_of(options_));
  terminal.slave.close();
  if (!send_packet(control_.get(), "ready", {terminal.master.get()})) ::_exit(kLostServer);
  terminal.master.close();
  for (;;) {
    pollfd waiting[] = {{control_.get(), POLLIN, 0}, {children_.get(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) continue;
    if (waiting[0].revents != 0) serve_control();
    if (waiting[1].revents != 0) bury();
  }
}

void Init::serve_control() {
  const Packet packet = receive_packet(control_.get());
  if (packet.kind == Packet::Kind::kNothingYet) return;
  if (packet.kind == Packet::Kind::kEnd) ::_exit(kLostServer);
  const std::size_t first = packet.data.find(' ');
  const std::size_t second = packet.data.find(' ', first + 1);
  const std::string id = packet.data.substr(first + 1, second - first - 1);
  if (packet.data.starts_with("run ") && second != std::string::npos) {
    if (packet.descriptors.size() == 1)
      return run_command(id, packet.data.substr(second + 1), packet.descriptors.front());
    send_packet(control_.get(), fmt::format("done {} 126", id));
    return;
  }
  for (const auto& [pid, running] : commands_)
    if (packet.data.starts_with("kill ") && running == id) ::kill(-pid, SIGKILL);
}

void Init::run_command(const std::string& id, const std::string& command, const OwnedDescriptor& output) {
  const pid_t pid = commands_.size() < kMostCommands ? start_command(command, output.get(), shell_) : -1;
  if (pid > 0)
    commands_.emplace(pid, id);
  else
    send_packet(control_.get(), fmt::format("done {} 126", id));
}

void Init::bury() {
  signalfd_siginfo ignored{};
  while (::read(children_.get(), &ignored, sizeof ignored) > 0) {
  }
  int waited = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &waited, WNOHANG)) > 0;) {
    if (pid == shell_) ::_exit(status_of(waited));
    const auto found = commands_.find(pid);
    if (found == commands_.end()) continue;
    send_packet(control_.get(), fmt::format("done {} {}", found->second, status_of(waited)));
    commands_.erase(found);
  }
}

}  // namespace

void run_jail(const JailOptions& options, JailStart start) {
  OwnedDescriptor go = std::move(start.go);
  const int control = start.control.get();
  try {
    Init init(options, std::move(start));
    init.shut_in(std::move(go));
    init.run();
  } catch (const std::exception& error) {
    send_packet(control, std::string("failed ") + error.what());
  }
  ::_exit(1);
}

}  // namespace wsdeep::lab

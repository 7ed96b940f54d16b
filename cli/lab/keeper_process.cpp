#include "lab/keeper_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <map>

#include "base/error.h"
#include "lab/cgroups.h"
#include "lab/jail_init.h"
#include "lab/packets.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

/// Users of the host that nobody has: beyond the ranges of systemd and of containers, one for each session; and, where
/// this is itself a container with few users, the last of those that it surely has.
constexpr unsigned kFirstHostUser = 1'900'000'000;
constexpr unsigned kFirstContainerUser = 50'000;
constexpr unsigned kMostUsers = 10'000;
constexpr int kNotStarted = 1;

constexpr unsigned long kNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;

struct StartOrder {
  unsigned number = 0;
  unsigned image = 0;
  int cols = 0;
  int rows = 0;
};

class KeeperProcess {
 public:
  KeeperProcess(const JailOptions& options, int server) : options_(options), server_(server), cgroups_(options) {}

  void run();

 private:
  void serve(Packet packet);
  void start(const StartOrder& order, OwnedDescriptor control);
  void let_go(const StartOrder& order, pid_t pid, OwnedDescriptor go);
  void tell_ended(unsigned number, int status);
  void bury(bool wait);
  void end_all();

  const JailOptions& options_;
  const int server_;
  Cgroups cgroups_;
  std::map<pid_t, unsigned> jails_;  ///< the first process of each, as seen from here → its number
};

/// The session's only user is `outside` here; and so is its group.
void map_user(pid_t pid, unsigned outside) {
  const std::string folder = fmt::format("/proc/{}/", pid);
  const std::string map = fmt::format("{} {} 1\n", kJailUser, outside);
  write_kernel_file(folder + "uid_map", map);
  write_kernel_file(folder + "gid_map", map);
}

/// One who is not root can map himself alone, and has to give up changing groups first (user_namespaces(7)).
void map_own_user(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}/", pid);
  write_kernel_file(folder + "setgroups", "deny");
  write_kernel_file(folder + "uid_map", fmt::format("{} {} 1\n", kJailUser, ::geteuid()));
  write_kernel_file(folder + "gid_map", fmt::format("{} {} 1\n", kJailUser, ::getegid()));
}

void map_some_user(pid_t pid, unsigned number) {
  if (::geteuid() != 0) return map_own_user(pid);
  const unsigned offset = number % kMostUsers;
  const std::string map = fmt::format("{} {} 1\n", kJailUser, kFirstHostUser + offset);
  if (can_write_kernel_file(fmt::format("/proc/{}/uid_map", pid), map))
    return write_kernel_file(fmt::format("/proc/{}/gid_map", pid), map);
  map_user(pid, kFirstContainerUser + offset);
}

void KeeperProcess::run() {
  sigset_t wanted;
  sigfillset(&wanted);  // a signal to all of the terminal's processes is the server's to hear
  ::sigprocmask(SIG_SETMASK, &wanted, nullptr);
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  const OwnedDescriptor children(checked(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait"));
  std::string limits = "limits";
  for (const std::string& name : cgroups_.missing()) limits += " " + name;
  send_packet(server_, limits);
  for (;;) {
    pollfd waiting[] = {{server_, POLLIN, 0}, {children.get(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) continue;
    if (waiting[1].revents != 0) {
      signalfd_siginfo ignored{};
      while (::read(children.get(), &ignored, sizeof ignored) > 0) {
      }
      bury(false);
    }
    if (waiting[0].revents == 0) continue;
    Packet packet = receive_packet(server_);
    if (packet.kind == Packet::Kind::kEnd) return end_all();
    if (packet.kind == Packet::Kind::kMessage) serve(std::move(packet));
  }
}

void KeeperProcess::serve(Packet packet) {
  StartOrder order;
  if (std::sscanf(packet.data.c_str(), "start %u %d %d %u", &order.number, &order.cols, &order.rows, &order.image) ==
      4) {
    if (packet.descriptors.size() != 1 || order.image >= options_.images.size())
      return tell_ended(order.number, kNotStarted);
    return start(order, std::move(packet.descriptors.front()));
  }
  if (std::sscanf(packet.data.c_str(), "kill %u", &order.number) != 1) return;
  for (const auto& [pid, number] : jails_)
    if (number == order.number) ::kill(pid, SIGKILL);
}

void KeeperProcess::start(const StartOrder& order, OwnedDescriptor control) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    send_packet(control.get(), std::string("failed cannot make a pipe: ") + std::strerror(errno));
    return tell_ended(order.number, kNotStarted);
  }
  OwnedDescriptor go(ends[1]);
  JailStart jail{std::move(control), OwnedDescriptor(ends[0]), options_.images[order.image].second, order.cols,
                 order.rows};
  const int told = jail.control.get();
  const long pid = ::syscall(SYS_clone, kNamespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) {
    go.close();
    ::close(server_);
    run_jail(options_, std::move(jail));
  }
  if (pid < 0) {
    send_packet(told, std::string("failed cannot make namespaces: ") + std::strerror(errno));
    return tell_ended(order.number, kNotStarted);
  }
  jails_.emplace(static_cast<pid_t>(pid), order.number);
  try {
    let_go(order, static_cast<pid_t>(pid), std::move(go));
  } catch (const std::exception& error) {
    send_packet(told, std::string("failed ") + error.what());
    ::kill(static_cast<pid_t>(pid), SIGKILL);
  }
}

void KeeperProcess::let_go(const StartOrder& order, pid_t pid, OwnedDescriptor go) {
  map_some_user(pid, order.number);
  cgroups_.place(order.number, pid);
  if (::write(go.get(), "g", 1) != 1) fail_of_system("cannot start the session");
}

void KeeperProcess::tell_ended(unsigned number, int status) {
  send_packet(server_, fmt::format("ended {} {}", number, status));
}

void KeeperProcess::bury(bool wait) {
  int waited = 0;
  for (pid_t pid = 0; !jails_.empty() && (pid = ::waitpid(-1, &waited, wait ? 0 : WNOHANG)) > 0;) {
    const auto found = jails_.find(pid);
    if (found == jails_.end()) continue;
    const unsigned number = found->second;
    jails_.erase(found);
    cgroups_.remove(number);
    tell_ended(number, WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited));
  }
}

/// With its first process all of a session's end, before it can be waited for (pid_namespaces(7)).
void KeeperProcess::end_all() {
  for (const auto& [pid, number] : jails_) ::kill(pid, SIGKILL);
  bury(true);
}

}  // namespace

void run_keeper(const JailOptions& options, const OwnedDescriptor& server) {
  KeeperProcess(options, server.get()).run();
}

}  // namespace wsdeep::lab

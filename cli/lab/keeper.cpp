#include "lab/keeper.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/text.h"
#include "lab/keeper_process.h"
#include "lab/packets.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

/// Its environment and memory are a copy of ours, which nothing secret has come into but by the environment.
[[noreturn]] void be_keeper(const JailOptions& options, OwnedDescriptor socket, pid_t server) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != server) ::_exit(0);
  ::prctl(PR_SET_NAME, "lab-keeper");
  ::prctl(PR_SET_DUMPABLE, ::geteuid() == 0 ? 0 : 1);  // it has to write files of its own below /proc
  ::setsid();
  ::clearenv();
  try {
    run_keeper(options, socket);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wsdeep-lab: the keeper failed: %s\n", error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

constexpr const char* kIsolationHint =
    "sessions need Linux 5.12 or newer and namespaces of their own, as root or by unprivileged user namespaces: see\n"
    "sysctl kernel.unprivileged_userns_clone (1), user.max_user_namespaces (not 0) and\n"
    "kernel.apparmor_restrict_unprivileged_userns (0); in a container, the seccomp profile of its runtime";

}  // namespace

Keeper::Keeper(const JailOptions& options) {
  PacketPair sockets = make_packet_pair();
  const pid_t server = ::getpid();
  pid_ = checked(::fork(), "cannot start the keeper of sessions");
  if (pid_ == 0) {
    sockets.first.close();
    be_keeper(options, std::move(sockets.second), server);
  }
  socket_ = std::move(sockets.first);
  sockets.second.close();
  const Packet first = receive_packet(socket_.get(), true);
  if (!first.data.starts_with("limits")) throw Error(ErrorKind::kFailure, "the keeper of sessions ended at once");
  for (const std::string_view name : split(first.data, ' '))
    if (name != "limits") missing_limits_.emplace_back(name);
}

Keeper::~Keeper() {
  readable_.cancel();
  socket_.close();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Keeper::try_out(std::size_t image) {
  constexpr unsigned kTrial = 0;  // sessions count from 1
  const OwnedDescriptor control = start(kTrial, 80, 24, image);
  const Packet said = receive_packet(control.get(), true);
  kill(kTrial);
  for (Packet packet; !packet.data.starts_with("ended");) {
    packet = receive_packet(socket_.get(), true);
    if (packet.kind == Packet::Kind::kEnd) throw Error(ErrorKind::kFailure, "the keeper of sessions has ended");
  }
  if (said.data == "ready") return;
  const std::string cause = said.data.starts_with("failed ") ? said.data.substr(7) : "its first process ended";
  throw Error(ErrorKind::kFailure, "this system does not let a session be isolated: " + cause, kIsolationHint);
}

void Keeper::attach(net::EventLoop& loop, std::function<void(unsigned, int)> ended, std::function<void()> lost) {
  ended_ = std::move(ended);
  lost_ = std::move(lost);
  readable_ = loop.on_readable(socket_.get(), [this] { read(); });
}

void Keeper::read() {
  const Packet packet = receive_packet(socket_.get(), false);
  if (packet.kind == Packet::Kind::kEnd) {
    readable_.cancel();
    return lost_();
  }
  unsigned number = 0;
  int status = 0;
  if (std::sscanf(packet.data.c_str(), "ended %u %d", &number, &status) == 2) ended_(number, status);
}

OwnedDescriptor Keeper::start(unsigned number, int cols, int rows, std::size_t image) {
  PacketPair sockets = make_packet_pair();
  if (!send_packet(socket_.get(), fmt::format("start {} {} {} {}", number, cols, rows, image), {sockets.second.get()}))
    throw Error(ErrorKind::kFailure, "the keeper of sessions takes no orders");
  return std::move(sockets.first);
}

void Keeper::kill(unsigned number) {
  send_packet(socket_.get(), fmt::format("kill {}", number));
}

}  // namespace wsdeep::lab

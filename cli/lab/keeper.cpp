#include "lab/keeper.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "lab/keeper_process.h"
#include "lab/packets.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

/// What this program was started with, its environment as well, stands where any process may read it of another (its
/// first words) or of itself; sessions' first processes would show it. The places are fields 48 to 51 of
/// /proc/self/stat (proc(5)).
void forget_words() {
  std::ifstream file("/proc/self/stat");
  std::string stat((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 48; ++field) fields >> skipped;
  std::uintptr_t begin = 0, end = 0, environment = 0, environment_end = 0;
  if (!(fields >> begin >> end >> environment >> environment_end) || begin == 0 || environment == 0) return;
  char* const words = std::bit_cast<char*>(begin);
  std::memset(words, 0, end - begin);
  std::memset(std::bit_cast<char*>(environment), 0, environment_end - environment);
  std::strncpy(words, "lab", end - begin - 1);
}

/// It sees by its socket that the server has ended, and has sessions' groups to remove then: no signal ends it before.
/// Its environment and memory are a copy of ours, which nothing secret has come into but by the environment.
[[noreturn]] void be_keeper(const JailOptions& options, OwnedDescriptor socket, const std::function<void()>& forget) {
  ::prctl(PR_SET_NAME, "lab-keeper");
  ::prctl(PR_SET_DUMPABLE, ::geteuid() == 0 ? 0 : 1);  // it has to write files of its own below /proc
  ::setsid();
  ::clearenv();
  forget_words();
  forget();
  try {
    run_keeper(options, socket);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wsdeep-lab: the keeper failed: %s\n", error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

constexpr std::chrono::seconds kPatience{10};  // with what takes milliseconds

constexpr const char* kIsolationHint =
    "sessions need Linux 5.12 or newer and namespaces of their own, as root or by unprivileged user namespaces: see\n"
    "sysctl kernel.unprivileged_userns_clone (1), user.max_user_namespaces (not 0) and\n"
    "kernel.apparmor_restrict_unprivileged_userns (0); in a container, the seccomp profile of its runtime";

}  // namespace

Keeper::Keeper(const JailOptions& options, const std::function<void()>& forget) {
  PacketPair sockets = make_packet_pair();
  pid_ = checked(::fork(), "cannot start the keeper of sessions");
  if (pid_ == 0) {
    sockets.first.close();
    be_keeper(options, std::move(sockets.second), forget);
  }
  socket_ = std::move(sockets.first);
  sockets.second.close();
  const Packet first = receive_packet(socket_.get(), kPatience);
  if (!first.data.starts_with("limits")) throw Error(ErrorKind::kFailure, "the keeper of sessions did not start");
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
  const Packet said = receive_packet(control.get(), kPatience);
  kill(kTrial);
  for (Packet packet; !packet.data.starts_with("ended");) {
    packet = receive_packet(socket_.get(), kPatience);
    if (packet.kind != Packet::Kind::kMessage)
      throw Error(ErrorKind::kFailure, "the keeper of sessions does not answer");
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

void Keeper::detach() {
  readable_.cancel();
  ended_ = nullptr;
  lost_ = nullptr;
}

void Keeper::read() {
  const Packet packet = receive_packet(socket_.get());
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

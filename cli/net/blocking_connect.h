#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/descriptor.h"

/// Private to this folder: connections for a thread that has nothing else to do than to wait for its peer.
namespace wsdeep::net {

using WaitDeadline = std::chrono::steady_clock::time_point;

enum class WaitEnd { kReady, kTimeUp, kCancelled };
/// Until `fd` has one of `events` (of poll(2)), or an error or an end to tell. `cancel_fd` (-1: none) ends the wait
/// when it is readable; a signal does not. Looks once when `deadline` is over. Throws Error{kFailure} when the kernel
/// cannot.
WaitEnd wait_for_events(int fd, short events, WaitDeadline deadline, int cancel_fd = -1);

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};
/// What a name stands for. May take its time, in a thread that it has for itself; throws Error.
using NameLookup = std::function<std::vector<SocketAddress>(const std::string& host, std::uint16_t port)>;
/// By getaddrinfo(3). Throws TransportError{kResolve}.
std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port);

struct BlockingConnect {
  std::string host;
  std::uint16_t port = 0;
  WaitDeadline deadline;  ///< of all: the name, and every address
  int cancel_fd = -1;     ///< borrowed: when it is readable, every wait ends
  NameLookup lookup = look_up;
};

/// A socket that does not block. Each address has its part of the time that is left, so that one which does not answer
/// leaves some for the next. Throws TransportError: kResolve, kTimeout, kRefused, kCancelled.
OwnedDescriptor connect_blocking(const BlockingConnect& call);

}  // namespace wsdeep::net

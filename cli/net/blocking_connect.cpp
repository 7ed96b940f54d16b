#include "net/blocking_connect.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "net/http_call.h"
#include "net/openssl_owned.h"
#include "net/tls.h"

namespace wsdeep::net {
namespace {

using std::chrono::milliseconds;
using FoundAddresses = std::unique_ptr<addrinfo, Freed<freeaddrinfo>>;

constexpr std::chrono::hours kLongestPoll{1};
/// Questions for names whose askers have gone.
constexpr int kMostUnheard = 16;
std::atomic<int> unheard{0};

/// A question for a name, and its answer. Who asked may be gone before it comes: then whoever is last lets go of it.
struct NameQuestion {
  NameQuestion(NameLookup how, std::string name, std::uint16_t number)
      : lookup(std::move(how)), host(std::move(name)), port(number), done(::eventfd(0, EFD_CLOEXEC)) {}

  void answer() {
    std::vector<SocketAddress> addresses;
    std::optional<TransportError> fault;
    try {
      addresses = lookup(host, port);
    } catch (const TransportError& error) {
      fault = error;
    } catch (const std::exception& error) {
      fault = TransportError(TransportFault::kResolve, error.what());
    }
    const std::lock_guard lock(mutex);
    is_answered = true;
    if (is_given_up) --unheard;
    found = std::move(addresses);
    failed = std::move(fault);
    const std::uint64_t one = 1;
    // An eventfd takes its first number always.
    [[maybe_unused]] const ssize_t told = ::write(done.get(), &one, sizeof one);
  }

  void give_up() {
    const std::lock_guard lock(mutex);
    is_given_up = !is_answered;
    if (is_given_up) ++unheard;
  }

  const NameLookup lookup;
  const std::string host;
  const std::uint16_t port;
  const OwnedDescriptor done;
  std::mutex mutex;
  bool is_answered = false, is_given_up = false;
  std::vector<SocketAddress> found;
  std::optional<TransportError> failed;
};

[[noreturn]] void fail_wait(WaitEnd end, const std::string& late) {
  if (end == WaitEnd::kCancelled) throw TransportError(TransportFault::kCancelled, "cancelled");
  throw TransportError(TransportFault::kTimeout, late);
}

/// getaddrinfo knows no deadline, and nothing ends it: what takes too long goes on in its thread until the resolver
/// gives up, unheard. So that such threads do not become ever more, nobody asks while there are many of them.
std::vector<SocketAddress> addresses_of(const BlockingConnect& call) {
  if (is_ip_address(call.host)) return call.lookup(call.host, call.port);
  if (unheard >= kMostUnheard)
    throw TransportError(TransportFault::kResolve, "too many names are being looked up that nobody answers for");
  const auto question = std::make_shared<NameQuestion>(call.lookup, call.host, call.port);
  if (question->done.get() < 0) throw TransportError(TransportFault::kResolve, std::strerror(errno));
  try {
    std::thread([question] { question->answer(); }).detach();
  } catch (const std::system_error& error) {
    throw TransportError(TransportFault::kResolve, fmt::format("no thread to look {} up: {}", call.host, error.what()));
  }
  const WaitEnd end = wait_for_events(question->done.get(), POLLIN, call.deadline, call.cancel_fd);
  if (end != WaitEnd::kReady) {
    question->give_up();
    fail_wait(end, fmt::format("the name {} was not found in time", call.host));
  }
  const std::lock_guard lock(question->mutex);
  if (question->failed) throw TransportError(*question->failed);
  return question->found;
}

OwnedDescriptor connected(const SocketAddress& address, WaitDeadline deadline, int cancel_fd) {
  OwnedDescriptor socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) throw TransportError(TransportFault::kRefused, std::strerror(errno));
  const auto* peer = reinterpret_cast<const sockaddr*>(&address.bytes);
  if (::connect(socket.get(), peer, address.size) != 0) {
    if (errno != EINPROGRESS) throw TransportError(TransportFault::kRefused, std::strerror(errno));
    const WaitEnd end = wait_for_events(socket.get(), POLLOUT, deadline, cancel_fd);
    if (end != WaitEnd::kReady) fail_wait(end, "no answer in time");
    int failed = 0;
    socklen_t size = sizeof failed;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size) != 0) failed = errno;
    if (failed != 0) throw TransportError(TransportFault::kRefused, std::strerror(failed));
  }
  // Without it small writes wait for each other; the connection is as good.
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

}  // namespace

WaitEnd wait_for_events(int fd, short events, WaitDeadline deadline, int cancel_fd) {
  for (;;) {
    const auto left = std::clamp<std::chrono::nanoseconds>(deadline - std::chrono::steady_clock::now(),
                                                           std::chrono::nanoseconds(0), kLongestPoll);
    pollfd waiting[] = {{fd, events, 0}, {cancel_fd, POLLIN, 0}};
    const int ready = ::poll(waiting, 2, static_cast<int>(std::chrono::ceil<milliseconds>(left).count()));
    if (ready < 0 && errno != EINTR) throw Error(ErrorKind::kFailure, std::strerror(errno));
    if (ready > 0) return waiting[1].revents != 0 ? WaitEnd::kCancelled : WaitEnd::kReady;
    if (std::chrono::steady_clock::now() >= deadline) return WaitEnd::kTimeUp;
  }
}

std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found))
    throw TransportError(TransportFault::kResolve, fmt::format("cannot find {}: {}", host, ::gai_strerror(failed)));
  const FoundAddresses list(found);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress address;
    address.size = std::min<socklen_t>(one->ai_addrlen, sizeof address.bytes);
    std::memcpy(&address.bytes, one->ai_addr, address.size);
    addresses.push_back(address);
  }
  return addresses;
}

OwnedDescriptor connect_blocking(const BlockingConnect& call) {
  const std::vector<SocketAddress> addresses = addresses_of(call);
  std::optional<TransportError> fault;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const WaitDeadline now = std::chrono::steady_clock::now();
    const auto part = (call.deadline - now) / static_cast<std::int64_t>(addresses.size() - i);
    try {
      return connected(addresses[i], now + part, call.cancel_fd);
    } catch (const TransportError& error) {
      if (error.fault() == TransportFault::kCancelled) throw;
      fault = error;
    }
  }
  throw fault.value_or(TransportError(TransportFault::kResolve, fmt::format("{} has no address", call.host)));
}

}  // namespace wsdeep::net

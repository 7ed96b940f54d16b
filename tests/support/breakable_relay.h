#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

namespace wsdeep::testing {

/// A loopback relay for one TCP connection, which a test can cut as a dying machine would: without a word of HTTP/2.
/// Without a target it accepts the connection and says nothing.
class BreakableRelay {
 public:
  static constexpr std::uint16_t kMute = 0;

  explicit BreakableRelay(std::uint16_t target_port) : target_port_(target_port), stop_(::eventfd(0, 0)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0)
      throw std::runtime_error("cannot listen on loopback");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~BreakableRelay() {
    if (thread_.joinable()) cut();
    ::close(stop_);
  }
  BreakableRelay(const BreakableRelay&) = delete;
  BreakableRelay& operator=(const BreakableRelay&) = delete;

  std::uint16_t port() const { return port_; }

  /// Closes the connection and the port.
  void cut() {
    const std::uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) != sizeof one) throw std::runtime_error("cannot stop the relay");
    thread_.join();
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  /// Waits until one of them (-1: nobody) can be read; false when the test wants the end.
  bool wait_readable(int a, int b, std::array<bool, 2>& readable) const {
    std::array<pollfd, 3> polled = {{{stop_, POLLIN, 0}, {a, POLLIN, 0}, {b, POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), -1);  // skips negative descriptors
    readable = {polled[1].revents != 0, polled[2].revents != 0};
    return polled[0].revents == 0;
  }

  static bool copy(int from, int to) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t now = ::send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += now;
    }
    return got > 0;
  }

  void run() {
    std::array<bool, 2> readable{};
    const bool connected = wait_readable(listener_, -1, readable);
    const int client = connected ? ::accept(listener_, nullptr, nullptr) : -1;
    ::close(listener_);
    if (client < 0) return;
    if (target_port_ == kMute)
      wait_readable(-1, -1, readable);
    else
      relay(client);
    ::close(client);
  }

  void relay(int client) const {
    std::array<bool, 2> readable{};
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(target_port_);
    bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    while (open && wait_readable(client, server, readable)) {
      if (readable[0]) open = copy(client, server);
      if (open && readable[1]) open = copy(server, client);
    }
    ::close(server);
  }

  const std::uint16_t target_port_;
  const int stop_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace wsdeep::testing

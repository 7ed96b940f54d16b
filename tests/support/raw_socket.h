#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace wsdeep::test {

/// A blocking TCP connection to a loopback port, for sending exactly the bytes that a test wants. Every read gives up
/// after ten seconds with an exception.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  /// One that a listener has accepted.
  struct Accepted {
    int fd;
  };
  explicit RawSocket(Accepted accepted) : fd_(accepted.fd) {}
  ~RawSocket() {
    if (fd_ >= 0) ::close(fd_);
  }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  /// Stops quietly when the peer has closed: the test then looks at what the peer said.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (done <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
  }
  void end_of_sending() { ::shutdown(fd_, SHUT_WR); }
  int fd() const { return fd_; }
  /// Makes the kernel answer everything that still comes with a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
  }

  /// Exactly `count` bytes, or fewer when the peer closes before.
  std::string read(std::size_t count) {
    while (buffer_.size() < count && fill()) {
    }
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, taken.size());
    return taken;
  }
  std::string read_until(std::string_view end) {
    std::size_t at;
    while ((at = buffer_.find(end)) == std::string::npos)
      if (!fill()) throw std::runtime_error("closed before '" + std::string(end) + "', got: " + buffer_);
    std::string taken = buffer_.substr(0, at + end.size());
    buffer_.erase(0, taken.size());
    return taken;
  }
  std::string read_to_end() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }
  /// One response with a Content-Length.
  std::string read_response() {
    const std::string head = read_until("\r\n\r\n");
    const std::size_t at = head.find("Content-Length: ");
    return at == std::string::npos ? head : head + read(std::stoul(head.substr(at + 16)));
  }

 private:
  bool fill() {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1) throw std::runtime_error("nothing came for ten seconds, have: " + buffer_);
    char block[65536];
    const ssize_t got = ::recv(fd_, block, sizeof block, 0);
    if (got > 0) buffer_.append(block, static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  std::string buffer_;
};

/// A WebSocket spoken by hand: the handshake, then frames as the test builds them.
class RawWebSocket : public RawSocket {
 public:
  explicit RawWebSocket(std::uint16_t port, std::string_view target = "/") : RawSocket(port) {
    send(handshake(target));
    response = read_until("\r\n\r\n");
  }

  static std::string handshake(std::string_view target = "/") {
    return "GET " + std::string(target) +
           " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  }

  /// A masked client frame; `first` is FIN, RSV and opcode.
  static std::string frame(unsigned char first, std::string_view payload) {
    std::string bytes(1, static_cast<char>(first));
    const std::size_t size = payload.size();
    if (size < 126) {
      bytes += static_cast<char>(0x80 | size);
    } else {
      const int width = size < 65536 ? 2 : 8;
      bytes += static_cast<char>(0x80 | (width == 2 ? 126 : 127));
      for (int i = width - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i));
    }
    const std::string_view mask = "\x11\x22\x33\x44";
    bytes += mask;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
    return bytes;
  }
  static std::string close_payload(std::uint16_t code, std::string_view reason = {}) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + std::string(reason);
  }

  struct Frame {
    unsigned char first = 0;
    std::string payload;
  };
  /// The next frame of the server, or nothing at the end of the connection.
  std::optional<Frame> read_frame() {
    const std::string head = read(2);
    if (head.size() < 2) return std::nullopt;
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size >= 126) {
      const std::string wide = read(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : wide) size = size << 8 | static_cast<unsigned char>(c);
    }
    return Frame{static_cast<unsigned char>(head[0]), read(size)};
  }
  /// The code of the server's close frame, other frames before it dropped; 1005 for none in it, 0 for no close frame.
  int read_close_code() {
    while (const auto next = read_frame()) {
      if (next->first != 0x88) continue;
      if (next->payload.size() < 2) return 1005;
      return static_cast<unsigned char>(next->payload[0]) << 8 | static_cast<unsigned char>(next->payload[1]);
    }
    return 0;
  }

  std::string response;
};

}  // namespace wsdeep::test

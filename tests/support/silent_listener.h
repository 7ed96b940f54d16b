#pragma once

#include "support/raw_socket.h"

namespace wsdeep::test {

/// A listening loopback socket whose connections the test answers by hand, or not at all.
class SilentListener {
 public:
  SilentListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_, generic, size) != 0 || ::listen(fd_, 64) != 0 || ::getsockname(fd_, generic, &size) != 0)
      throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
  }
  ~SilentListener() { ::close(fd_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  int fd() const { return fd_; }
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  RawSocket accept() { return RawSocket(RawSocket::Accepted{::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)}); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace wsdeep::test

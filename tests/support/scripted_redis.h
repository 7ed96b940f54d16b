#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace wsdeep::test {

/// Whatever speaks Redis's protocol on a loopback port: each command of a connection is answered by what a function
/// says, which is told the connection's number, from 1. One connection at a time.
class ScriptedRedis {
 public:
  using Words = std::vector<std::string>;
  /// The reply as it goes over the wire; empty: the connection is closed instead.
  using Reply = std::function<std::string(int connection, const Words& command)>;

  explicit ScriptedRedis(Reply reply)
      : reply_(std::move(reply)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0)
      throw std::runtime_error("cannot listen on a loopback port");
    url_ = "redis://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedRedis() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t woken = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
  }
  ScriptedRedis(const ScriptedRedis&) = delete;
  ScriptedRedis& operator=(const ScriptedRedis&) = delete;

  const std::string& url() const { return url_; }
  /// What was asked so far, each command's words with spaces between.
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }

 private:
  bool wait(int fd) const {
    pollfd watched[] = {{fd, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    return ::poll(watched, 2, 10'000) > 0 && watched[1].revents == 0;
  }

  void serve() {
    for (int connection = 1; wait(listener_.get()); ++connection) {
      const OwnedDescriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::string received;
      for (Words command; read_command(peer.get(), received, command); command.clear()) {
        const std::string reply = reply_(connection, command);
        if (reply.empty()) break;
        if (::send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL) < 0) break;
      }
    }
  }

  bool read_command(int peer, std::string& received, Words& command) {
    std::string line;
    if (!read_line(peer, received, line)) return false;
    std::string all;
    for (int left = std::stoi(line.substr(1)); left > 0; --left) {
      if (!read_line(peer, received, line)) return false;
      const std::size_t size = std::stoul(line.substr(1));
      if (!fill(peer, received, size + 2)) return false;
      command.push_back(received.substr(0, size));
      received.erase(0, size + 2);
      all += (all.empty() ? "" : " ") + command.back();
    }
    const std::lock_guard lock(mutex_);
    commands_.push_back(all);
    return true;
  }

  bool read_line(int peer, std::string& received, std::string& line) const {
    std::size_t end = 0;
    while ((end = received.find("\r\n")) == std::string::npos)
      if (!fill(peer, received, received.size() + 1)) return false;
    line = received.substr(0, end);
    received.erase(0, end + 2);
    return true;
  }

  bool fill(int peer, std::string& received, std::size_t size) const {
    char block[4096];
    while (received.size() < size) {
      const ssize_t got = wait(peer) ? ::recv(peer, block, sizeof block, 0) : 0;
      if (got <= 0) return false;
      received.append(block, static_cast<std::size_t>(got));
    }
    return true;
  }

  const Reply reply_;
  OwnedDescriptor listener_;
  OwnedDescriptor stop_;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::thread thread_;
};

}  // namespace wsdeep::test

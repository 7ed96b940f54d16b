#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "net/http_message.h"

namespace wsdeep::testing {

/// An HTTP/1.1 server on a loopback port that answers a script, one request a line of it, in order. A request beyond
/// the script, and a line that was never asked for, fail the test. One connection at a time, kept alive. What it was
/// sent is in `requests()`.
class ScriptedHttpServer {
 public:
  using Reply = std::function<net::HttpResponse(const net::HttpRequest&)>;

  ScriptedHttpServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("cannot listen on a loopback port");
    port_ = ntohs(address.sin_port);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;
  ~ScriptedHttpServer() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
    ::close(listener_);
    ::close(stop_);
    EXPECT_TRUE(script_.empty()) << script_.size() << " scripted answers were never asked for";
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// The next line of the script.
  void expect(Reply reply) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(reply));
  }
  void expect(int status, std::string body, net::Headers headers = {}) {
    expect([status, body = std::move(body), headers = std::move(headers)](const net::HttpRequest&) {
      return net::HttpResponse{status, headers, body};
    });
  }
  /// The next request gets its connection closed instead of an answer.
  void expect_and_hang_up() { expect(0, ""); }

  std::vector<net::HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  net::HttpRequest last_request() const {
    const std::lock_guard lock(mutex_);
    if (requests_.empty()) throw std::runtime_error("no request came");
    return requests_.back();
  }

 private:
  /// False when the server is to stop.
  bool wait_readable(int fd) const {
    pollfd watched[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0)
      if (errno != EINTR) return false;
    return watched[1].revents == 0;
  }

  void serve() {
    while (wait_readable(listener_)) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      std::string received;
      while (auto request = read_request(peer, received))
        if (!answer(peer, *request)) break;
      ::close(peer);
    }
  }

  /// Reads until `received` holds `size` bytes; false at the end of the connection.
  bool fill(int peer, std::string& received, std::size_t size) const {
    char block[16384];
    while (received.size() < size) {
      if (!wait_readable(peer)) return false;
      const ssize_t got = ::recv(peer, block, sizeof block, 0);
      if (got <= 0) return false;
      received.append(block, static_cast<std::size_t>(got));
    }
    return true;
  }

  std::optional<net::HttpRequest> read_request(int peer, std::string& received) const {
    std::size_t end = 0;
    while ((end = received.find("\r\n\r\n")) == std::string::npos)
      if (!fill(peer, received, received.size() + 1)) return std::nullopt;
    net::HttpRequest request = parse_head(std::string_view(received).substr(0, end));
    received.erase(0, end + 4);
    const std::string length = net::header(request.headers, "content-length").value_or("0");
    if (iequals(net::header(request.headers, "expect").value_or(""), "100-continue"))
      send_all(peer, "HTTP/1.1 100 Continue\r\n\r\n");
    const auto size = static_cast<std::size_t>(parse_integer(length, 0, 64 << 20).value_or(0));
    if (!fill(peer, received, size)) return std::nullopt;
    request.body = received.substr(0, size);
    received.erase(0, size);
    return request;
  }

  static net::HttpRequest parse_head(std::string_view head) {
    net::HttpRequest request;
    const auto lines = split(head, '\n');
    const auto words = split(trim(lines.at(0)), ' ');
    request.method = words.at(0);
    request.target = words.at(1);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::string_view line = trim(lines[i]);
      const std::size_t colon = line.find(':');
      request.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
    return request;
  }

  /// False when the connection is to be closed.
  bool answer(int peer, const net::HttpRequest& request) {
    Reply reply;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (!script_.empty()) {
        reply = std::move(script_.front());
        script_.pop_front();
      }
    }
    if (!reply) {
      ADD_FAILURE() << "a request beyond the script: " << request.method << ' ' << request.target;
      return false;
    }
    const net::HttpResponse response = reply(request);
    if (response.status == 0) return false;
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " Scripted\r\n";
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    if (response.status != 204) head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    send_all(peer, head + "\r\n" + (request.method == "HEAD" ? "" : response.body));
    return true;
  }

  static void send_all(int peer, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  int listener_ = -1;
  int stop_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::deque<Reply> script_;
  std::vector<net::HttpRequest> requests_;
  std::thread thread_;
};

}  // namespace wsdeep::testing

#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <queue>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wsdeep::bench {

/// What an engine says, and how fast. Zero between two tokens: as fast as they are taken. `stays_open`: after its
/// tokens an answer neither goes on nor ends.
struct Answers {
  int tokens = 100;
  std::chrono::microseconds interval{0};
  bool stays_open = false;
};

inline std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

/// A token is the time at which it was generated: nanoseconds of the monotonic clock, which all processes share.
inline std::string time_token() {
  return fmt::format(" {:016x}", now_ns());
}

/// An engine that speaks OpenAI's protocol as vLLM does, a chunk and a write for each token, and costs little: one
/// thread, no JSON read.
class CannedEngine {
 public:
  explicit CannedEngine(const Answers& answers) : answers_(answers) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 4096) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("cannot listen on a loopback port");
    port_ = ntohs(address.sin_port);
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms());
      for (int i = 0; i < ready; ++i) react(events[static_cast<std::size_t>(i)]);
      for (; !due_.empty() && due_.top().first <= now_ns();) {
        const int fd = due_.top().second;
        due_.pop();
        generate(fd);
      }
    }
  }

 private:
  using Due = std::pair<std::int64_t, int>;
  struct Connection {
    std::string in, out;
    int left = 0;  ///< tokens
    std::int64_t due_ns = 0;
    bool streaming = false;
    bool waits = false;  ///< for room
  };

  void watch(int fd, std::uint32_t what, int verb) const {
    epoll_event event{what, {.fd = fd}};
    ::epoll_ctl(epoll_, verb, fd, &event);
  }

  int patience_ms() const {
    if (due_.empty()) return -1;
    const std::int64_t left_ns = due_.top().first - now_ns();
    return left_ns <= 0 ? 0 : static_cast<int>(left_ns / 1'000'000 + 1);
  }

  void react(const epoll_event& event) {
    const int fd = event.data.fd;
    if (fd == listener_) return accept_all();
    if ((event.events & EPOLLIN) != 0 && !receive(fd)) return;
    if ((event.events & EPOLLOUT) == 0) return;
    flush(fd);
    if (answers_.interval.count() == 0) due_.emplace(0, fd);  // as fast as they are taken: here is room again
  }

  void accept_all() {
    for (int fd; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd];
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  /// False when the peer has gone.
  bool receive(int fd) {
    std::array<char, 65536> block;
    const ssize_t got = ::recv(fd, block.data(), block.size(), 0);
    if (got <= 0) {
      ::close(fd);
      connections_.erase(fd);
      return false;
    }
    Connection& connection = connections_.at(fd);
    connection.in.append(block.data(), static_cast<std::size_t>(got));
    const std::size_t head = connection.in.find("\r\n\r\n");
    if (head == std::string::npos) return true;
    const std::size_t at = connection.in.find("Content-Length: ");
    const std::size_t length = at < head ? std::stoul(connection.in.substr(at + 16)) : 0;
    if (connection.in.size() < head + 4 + length) return true;
    const bool is_question = connection.in.starts_with("POST");
    const bool is_models = connection.in.starts_with("GET /v1/models");
    connection.in.erase(0, head + 4 + length);
    is_question ? begin(fd, connection) : reply(fd, connection, is_models);
    return true;
  }

  void reply(int fd, Connection& connection, bool is_models) {
    const std::string body = is_models ? R"({"object":"list","data":[{"id":"canned","object":"model"}]})" : "";
    connection.out += fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
    flush(fd);
  }

  void begin(int fd, Connection& connection) {
    connection.out += "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.left = answers_.tokens;
    connection.streaming = true;
    // Spread over the interval, as real generations are.
    const std::int64_t offset = answers_.interval.count() * 1000 * (started_++ % 97) / 97;
    connection.due_ns = now_ns() + offset;
    due_.emplace(connection.due_ns, fd);
  }

  /// The next token; without an interval as many as the peer takes.
  void generate(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end() || !found->second.streaming) return;
    if (found->second.waits && answers_.interval.count() == 0) return;
    Connection& connection = found->second;
    do {
      connection.left > 0 ? say_token(connection) : end(connection);
      flush(fd);
    } while (answers_.interval.count() == 0 && connection.streaming && connection.out.empty());
    if (!connection.streaming || answers_.interval.count() == 0) return;
    connection.due_ns += answers_.interval.count() * 1000;
    due_.emplace(connection.due_ns, fd);
  }

  void say_token(Connection& connection) const {
    --connection.left;
    chunk(connection, R"({"content":")" + time_token() + R"("})", "null");
  }

  void end(Connection& connection) const {
    connection.streaming = false;
    if (answers_.stays_open) return;
    chunk(connection, "{}", R"("stop")");
    connection.out += "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
  }

  static void chunk(Connection& connection, const std::string& delta, const char* reason) {
    const std::string event = fmt::format(
        R"(data: {{"id":"chatcmpl-6f0c2d6a1f6e4c0e9a3b","object":"chat.completion.chunk","created":1764430000,)"
        R"("model":"canned","choices":[{{"index":0,"delta":{},"logprobs":null,"finish_reason":{}}}]}})"
        "\n\n",
        delta, reason);
    connection.out += fmt::format("{:x}\r\n{}\r\n", event.size(), event);
  }

  void flush(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    const ssize_t sent = ::send(fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
    const bool waits = !connection.out.empty();
    if (std::exchange(connection.waits, waits) != waits) watch(fd, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
  }

  const Answers answers_;
  int listener_ = -1;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::uint16_t port_ = 0;
  std::int64_t started_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace wsdeep::bench

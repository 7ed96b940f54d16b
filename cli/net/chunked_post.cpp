#include "net/chunked_post.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/text.h"
#include "base/url.h"
#include "net/blocking_connect.h"
#include "net/http_call.h"

namespace wsdeep::net {
namespace {

constexpr std::size_t kMaxStatusBytes = 64 * 1024;

/// Whether `events` are there in time; that the peer has ended is there, too.
bool has_events(const OwnedDescriptor& socket, short events, std::chrono::milliseconds patience) {
  return wait_for_events(socket.get(), events, std::chrono::steady_clock::now() + patience) == WaitEnd::kReady;
}

}  // namespace

struct ChunkedPost::Impl {
  /// A word of the peer before the end of the body can only be a no.
  bool look() {
    sound = sound && !has_events(socket, POLLIN | POLLRDHUP, {});
    return sound;
  }

  bool send(std::string_view bytes) {
    while (look() && !bytes.empty()) {
      sound = has_events(socket, POLLOUT, patience);
      if (!sound) break;
      const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      sound = sent > 0 || errno == EAGAIN || errno == EINTR;
    }
    return sound;
  }

  /// The status of `HTTP/1.1 202 …`, once the head of the answer is there.
  int read_status() {
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos && answer.size() < kMaxStatusBytes) {
      if (!has_events(socket, POLLIN, patience)) return 0;
      char buffer[4096];
      const ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, 0);
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) break;
      if (got > 0) answer.append(buffer, static_cast<std::size_t>(got));
    }
    const std::size_t blank = answer.find(' ');
    if (!answer.starts_with("HTTP/1.") || blank == std::string::npos) return 0;
    return static_cast<int>(parse_integer(std::string_view(answer).substr(blank + 1, 3), 100, 599).value_or(0));
  }

  OwnedDescriptor socket;
  std::chrono::milliseconds patience;
  bool sound = true;
};

ChunkedPost::ChunkedPost(const std::string& authority, std::string_view path, const Headers& headers,
                         std::chrono::milliseconds patience)
    : impl_(std::make_unique<Impl>()) {
  const Url address = parse_url("http://" + authority);
  try {
    impl_->socket = connect_blocking({address.host, address.port, std::chrono::steady_clock::now() + patience});
  } catch (const TransportError& error) {
    throw TransportError(error.fault(), fmt::format("cannot connect to {}: {}", authority, error.what()));
  }
  impl_->patience = patience;
  std::string head = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n",
                                 path, authority);
  for (const auto& [name, value] : headers)
    if (is_valid_field(name, value)) head += fmt::format("{}: {}\r\n", name, value);
  impl_->send(head + "\r\n");
}

ChunkedPost::~ChunkedPost() = default;
ChunkedPost::ChunkedPost(ChunkedPost&&) noexcept = default;
ChunkedPost& ChunkedPost::operator=(ChunkedPost&&) noexcept = default;

bool ChunkedPost::write(std::string_view piece) {
  if (piece.empty()) return impl_->look();
  return impl_->send(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece));
}

int ChunkedPost::end(const Headers& trailers) {
  std::string last = "0\r\n";
  for (const auto& [name, value] : trailers)
    if (is_valid_field(name, value)) last += fmt::format("{}: {}\r\n", name, value);
  impl_->send(last + "\r\n");
  return impl_->read_status();
}

}  // namespace wsdeep::net

#include "net/chunked_post.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/text.h"
#include "base/url.h"
#include "net/http_call.h"

namespace wsdeep::net {
namespace {

constexpr std::size_t kMaxStatusBytes = 64 * 1024;

struct AddressListDelete {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// Waits for `events` on the socket; those that are there, 0 when time is up.
short await(int socket, short events, std::chrono::milliseconds patience) {
  pollfd waiting{socket, events, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(patience.count()));
  return ready > 0 ? waiting.revents : static_cast<short>(0);
}

OwnedDescriptor connect_to(const Url& address, std::chrono::milliseconds patience) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int failed = ::getaddrinfo(address.host.c_str(), port.c_str(), &wanted, &list); failed != 0)
    throw TransportError(TransportFault::kResolve,
                         fmt::format("cannot find {}: {}", address.host, ::gai_strerror(failed)));
  const std::unique_ptr<addrinfo, AddressListDelete> found(list);
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    OwnedDescriptor socket(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol));
    if (socket.get() < 0) continue;
    const bool begun = ::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0 || errno == EINPROGRESS;
    int fault = 0;
    socklen_t size = sizeof fault;
    if (begun && (await(socket.get(), POLLOUT, patience) & POLLOUT) != 0 &&
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault == 0)
      return socket;
  }
  throw TransportError(TransportFault::kRefused, fmt::format("cannot connect to {}", address.authority()));
}

}  // namespace

struct ChunkedPost::Impl {
  /// A word of the peer before the end of the body can only be a no.
  bool look() {
    sound = sound && (await(socket.get(), POLLIN | POLLRDHUP, {}) & (POLLIN | POLLRDHUP | POLLERR | POLLHUP)) == 0;
    return sound;
  }

  bool send(std::string_view bytes) {
    while (look() && !bytes.empty()) {
      sound = (await(socket.get(), POLLOUT, patience) & POLLOUT) != 0;
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
      if (await(socket.get(), POLLIN, patience) == 0) return 0;
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
  impl_->socket = connect_to(parse_url("http://" + authority), patience);
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

#include "net/blocking_stream.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/url.h"
#include "net/certificate_fault.h"
#include "net/openssl_owned.h"
#include "net/tls.h"

namespace wsdeep::net {
namespace {

using StreamContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using StreamSession = std::unique_ptr<SSL, Freed<SSL_free>>;
using FoundAddresses = std::unique_ptr<addrinfo, Freed<freeaddrinfo>>;

[[noreturn]] void fail_stream(const std::string& what) {
  throw Error(ErrorKind::kFailure, what);
}

/// Throws when the deadline has passed.
void await(int fd, short events, BlockingStream::Deadline deadline, int cancel_fd) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) fail_stream("no answer in time");
    pollfd waiting[] = {{fd, events, 0}, {cancel_fd, POLLIN, 0}};
    const int ready = ::poll(waiting, 2, static_cast<int>(left));
    if (ready > 0 && waiting[1].revents != 0) fail_stream("cancelled");
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail_stream(std::strerror(errno));
  }
}

void connect_within(int fd, const addrinfo& address, BlockingStream::Deadline deadline, int cancel_fd) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return;
  if (errno != EINPROGRESS) fail_stream(std::strerror(errno));
  await(fd, POLLOUT, deadline, cancel_fd);
  int failed = 0;
  socklen_t size = sizeof failed;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0 || failed != 0) fail_stream(std::strerror(failed));
}

OwnedDescriptor connected_socket(const BlockingStreamCall& call, BlockingStream::Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(call.host.c_str(), std::to_string(call.port).c_str(), &hints, &found))
    fail_stream(::gai_strerror(failed));
  const FoundAddresses addresses(found);
  std::string cause = "no address";
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    OwnedDescriptor socket(::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) continue;
    try {
      connect_within(socket.get(), *one, deadline, call.cancel_fd);
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return socket;
    } catch (const Error& error) {
      cause = error.what();
    }
  }
  fail_stream(cause);
}

StreamContext trusting(const std::string& ca_file) {
  StreamContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) fail_stream("TLS is not available");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context.get());
  if (!ca_file.empty() && SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) != 1)
    fail_stream("no certificate in " + ca_file);
  return context;
}

}  // namespace

struct BlockingStream::Impl {
  OwnedDescriptor socket;
  StreamContext context;
  StreamSession tls;
  std::string name;
  int cancel_fd = -1;

  /// Repeats a step of TLS until it is done.
  template <typename Step>
  int finish(Deadline deadline, Step step) {
    for (;;) {
      ERR_clear_error();
      const int done = step();
      if (done > 0) return done;
      const int wanted = SSL_get_error(tls.get(), done);
      if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) fail_stream(cause());
      await(socket.get(), wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline, cancel_fd);
    }
  }

  std::string cause() const {
    if (const long verdict = SSL_get_verify_result(tls.get()); verdict != X509_V_OK)
      return certificate_fault(verdict, name);
    const unsigned long code = ERR_peek_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "the connection ended" : std::string("TLS failed: ") + reason;
  }

  void begin_tls(const BlockingStreamCall& call, Deadline deadline) {
    name = call.host;
    context = trusting(call.ca_file);
    tls.reset(SSL_new(context.get()));
    if (!tls) fail_stream("TLS is not available");
    SSL_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_fd(tls.get(), socket.get());
    if (is_ip_address(name)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), name.c_str());
    } else {
      SSL_set_tlsext_host_name(tls.get(), name.c_str());
      SSL_set1_host(tls.get(), name.c_str());
    }
    finish(deadline, [this] { return SSL_connect(tls.get()); });
  }
};

BlockingStream::BlockingStream(const BlockingStreamCall& call) : impl_(std::make_unique<Impl>()) {
  const Deadline deadline = std::chrono::steady_clock::now() + call.connect_timeout;
  impl_->cancel_fd = call.cancel_fd;
  try {
    impl_->socket = connected_socket(call, deadline);
    if (call.tls) impl_->begin_tls(call, deadline);
  } catch (const Error& error) {
    fail_stream("cannot connect to " + bracketed(call.host) + ":" + std::to_string(call.port) + ": " + error.what());
  }
}

BlockingStream::~BlockingStream() = default;

void BlockingStream::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (impl_->tls) {
      const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20));
      bytes.remove_prefix(static_cast<std::size_t>(
          impl_->finish(deadline, [&] { return SSL_write(impl_->tls.get(), bytes.data(), size); })));
      continue;
    }
    const ssize_t sent = ::send(impl_->socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno == EAGAIN)
      await(impl_->socket.get(), POLLOUT, deadline, impl_->cancel_fd);
    else if (sent < 0 && errno != EINTR)
      fail_stream(std::strerror(errno));
  }
}

std::string BlockingStream::read(std::size_t most, Deadline deadline) {
  std::string bytes(most, '\0');
  if (impl_->tls) {
    const int size = static_cast<int>(std::min<std::size_t>(most, 1 << 20));
    bytes.resize(static_cast<std::size_t>(
        impl_->finish(deadline, [&] { return SSL_read(impl_->tls.get(), bytes.data(), size); })));
    return bytes;
  }
  for (;;) {
    const ssize_t got = ::recv(impl_->socket.get(), bytes.data(), bytes.size(), 0);
    if (got > 0) {
      bytes.resize(static_cast<std::size_t>(got));
      return bytes;
    }
    if (got == 0) fail_stream("the connection ended");
    if (errno == EAGAIN)
      await(impl_->socket.get(), POLLIN, deadline, impl_->cancel_fd);
    else if (errno != EINTR)
      fail_stream(std::strerror(errno));
  }
}

}  // namespace wsdeep::net

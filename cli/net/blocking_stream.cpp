#include "net/blocking_stream.h"

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
#include "net/blocking_connect.h"
#include "net/certificate_fault.h"
#include "net/openssl_owned.h"
#include "net/tls.h"

namespace wsdeep::net {
namespace {

using StreamContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using StreamSession = std::unique_ptr<SSL, Freed<SSL_free>>;

[[noreturn]] void fail_stream(const std::string& what) {
  throw Error(ErrorKind::kFailure, what);
}

/// Throws when the deadline has passed.
void await(int fd, short events, BlockingStream::Deadline deadline, int cancel_fd) {
  const WaitEnd end = wait_for_events(fd, events, deadline, cancel_fd);
  if (end != WaitEnd::kReady) fail_stream(end == WaitEnd::kCancelled ? "cancelled" : "no answer in time");
}

StreamContext trusting(const std::string& ca_file) {
  StreamContext context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_default_verify_paths(context.get()) != 1)
    fail_stream("TLS is not available");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
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
    // Without the name, any certificate that is trusted at all would do.
    const bool named = is_ip_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), name.c_str()) == 1
                                           : SSL_set_tlsext_host_name(tls.get(), name.c_str()) == 1 &&
                                                 SSL_set1_host(tls.get(), name.c_str()) == 1;
    if (SSL_set_fd(tls.get(), socket.get()) != 1 || !named) fail_stream("TLS cannot be set up for " + name);
    finish(deadline, [this] { return SSL_connect(tls.get()); });
  }
};

BlockingStream::BlockingStream(const BlockingStreamCall& call) : impl_(std::make_unique<Impl>()) {
  const Deadline deadline = std::chrono::steady_clock::now() + call.connect_timeout;
  impl_->cancel_fd = call.cancel_fd;
  try {
    impl_->socket = connect_blocking({call.host, call.port, deadline, call.cancel_fd});
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

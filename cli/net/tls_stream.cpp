// Why not Asio's ssl::stream: it keeps two buffers of 17 KB beside a BIO pair with as much again, 68 KB for each
// connection, and fills them all; 10,000 sessions that idle would take 900 MB. Here OpenSSL reads from the socket and
// writes to it by itself, through a BIO that never raises SIGPIPE, and lets go of its own buffers whenever they are
// empty (SSL_MODE_RELEASE_BUFFERS). An operation is a call into OpenSSL that is repeated, each time that the socket is
// ready for what the last attempt lacked, until it is done.
#include "net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <limits>
#include <new>
#include <utility>

namespace wsdeep::net {
namespace {

int int_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsStream::TlsStream(Socket socket, asio::ssl::context& context)
    : socket_(std::move(socket)), tls_(SSL_new(context.native_handle())) {
  BIO* const bio = BIO_new(socket_method());
  if (!tls_ || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_mode(tls_.get(),
               SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(tls_.get(), 1);  // a record in one read, not in two
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

TlsStream::~TlsStream() = default;

// ---- operations ----------------------------------------------------------------------------------------------------

void TlsStream::handshake(asio::ssl::stream_base::handshake_type side, Completion done) {
  const bool client = side == asio::ssl::stream_base::client;
  attempt([this, client] { return client ? SSL_connect(native()) : SSL_accept(native()); }, std::move(done), true);
}

void TlsStream::read_some(asio::mutable_buffer into, Completion done) {
  if (into.size() == 0) return end(std::move(done), {}, 0, true);
  attempt([this, into] { return SSL_read(native(), into.data(), int_size(into.size())); }, std::move(done), true);
}

void TlsStream::write_some(asio::const_buffer from, Completion done) {
  if (from.size() == 0) return end(std::move(done), {}, 0, true);
  attempt([this, from] { return SSL_write(native(), from.data(), int_size(from.size())); }, std::move(done), true);
}

void TlsStream::shut(Completion done) {
  // 0 says that the peer's close_notify is not there, which nobody waits for.
  const auto call = [this] {
    const int result = SSL_shutdown(native());
    return result == 0 ? 1 : result;
  };
  attempt(call, std::move(done), true);
}

template <typename Call>
void TlsStream::attempt(Call call, Completion done, bool inside_call) {
  ERR_clear_error();
  system_error_ = 0;
  const int result = call();
  if (result > 0) return end(std::move(done), {}, static_cast<std::size_t>(result), inside_call);
  switch (const int ssl_error = SSL_get_error(native(), result)) {
    case SSL_ERROR_WANT_READ:
      return attempt_when(Socket::wait_read, std::move(call), std::move(done));
    case SSL_ERROR_WANT_WRITE:
      return attempt_when(Socket::wait_write, std::move(call), std::move(done));
    default:
      return end(std::move(done), failure_of(ssl_error), 0, inside_call);
  }
}

template <typename Call>
void TlsStream::attempt_when(Socket::wait_type ready, Call call, Completion done) {
  socket_.async_wait(ready, [this, call = std::move(call), done = std::move(done)](error_code failed) mutable {
    if (failed) return done(failed);
    attempt(std::move(call), std::move(done), false);
  });
}

void TlsStream::end(Completion done, error_code failed, std::size_t bytes, bool inside_call) {
  if (!inside_call) return done(failed, bytes);
  asio::post(socket_.get_executor(), [done = std::move(done), failed, bytes]() mutable { done(failed, bytes); });
}

error_code TlsStream::failure_of(int ssl_error) const {
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  if (system_error_ != 0) return {system_error_, asio::error::get_system_category()};
  const unsigned long cause = ERR_get_error();
  const bool cut_off = cause == 0 || ERR_GET_REASON(cause) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (cut_off) return asio::ssl::error::stream_truncated;
  return {static_cast<int>(cause), asio::error::get_ssl_category()};
}

// ---- what OpenSSL reads from and writes to -------------------------------------------------------------------------

BIO_METHOD* TlsStream::socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wsdeep socket");
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_create(made, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    return made;
  }();
  return method;
}

int TlsStream::bio_read(BIO* bio, char* data, int size) {
  auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
  const ssize_t got = ::recv(stream.socket_.native_handle(), data, static_cast<std::size_t>(size), 0);
  if (got == 0) stream.at_end_ = true;
  return stream.note(bio, got, BIO_FLAGS_READ);
}

int TlsStream::bio_write(BIO* bio, const char* data, int size) {
  auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
  const ssize_t put = ::send(stream.socket_.native_handle(), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  return stream.note(bio, put, BIO_FLAGS_WRITE);
}

/// Tells OpenSSL whether it is worth while to try again later, and keeps the error if it is not.
int TlsStream::note(BIO* bio, std::ptrdiff_t result, int retry_flag) {
  const int error = result < 0 ? errno : 0;
  BIO_clear_retry_flags(bio);
  if (error == EAGAIN || error == EINTR)
    BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
  else
    system_error_ = error;
  return static_cast<int>(result);
}

long TlsStream::bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<TlsStream*>(BIO_get_data(bio))->at_end_ ? 1 : 0;
  return 0;
}

}  // namespace wsdeep::net

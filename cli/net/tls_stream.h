#pragma once

#include <openssl/ssl.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <memory>

#include "net/completion.h"

namespace wsdeep::net {

/// TLS over a TCP socket. As Stream, whose half it is: one read and one write at a time, neither ends before the call
/// that starts it has returned, and the caller keeps it alive until then. It must not be moved.
class TlsStream {
 public:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

  TlsStream(Socket socket, asio::ssl::context& context);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  void handshake(asio::ssl::stream_base::handshake_type side, Completion done);
  void read_some(asio::mutable_buffer into, Completion done);
  void write_some(asio::const_buffer from, Completion done);
  /// Sends close_notify; does not wait for the peer's.
  void shut(Completion done);

  SSL* native() { return tls_.get(); }
  Socket& socket() { return socket_; }

 private:
  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };

  template <typename Call>
  void attempt(Call call, Completion done, bool inside_call);
  template <typename Call>
  void attempt_when(Socket::wait_type ready, Call call, Completion done);
  void end(Completion done, error_code failed, std::size_t bytes, bool inside_call);
  error_code failure_of(int ssl_error) const;

  static BIO_METHOD* socket_method();
  static int bio_read(BIO* bio, char* data, int size);
  static int bio_write(BIO* bio, const char* data, int size);
  static long bio_control(BIO* bio, int command, long number, void* pointer);
  int note(BIO* bio, std::ptrdiff_t result, int retry_flag);

  Socket socket_;
  std::unique_ptr<SSL, Free> tls_;
  int system_error_ = 0;  ///< of the last call into the kernel
  bool at_end_ = false;   ///< the peer has ended the connection
};

}  // namespace wsdeep::net

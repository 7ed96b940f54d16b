#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <memory>
#include <string>

#include "net/completion.h"

// Why a stream is type-erased here: Beast's WebSocket is a template over the stream below it, and costs many seconds of
// compiling for each. With one type that is plain TCP or TLS at run time it is compiled once for the server and the
// client, with and without TLS, and Asio's TLS is compiled once too. The price is one small allocation and one
// indirect call for each read and write: some 50 ns beside the system call of several µs that follows.

namespace wsdeep::net {

class TlsStream;

/// A few buffers that are written together; a ConstBufferSequence that owns its list.
class Gather {
 public:
  Gather() = default;
  template <typename Buffers>
  explicit Gather(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto at = asio::buffer_sequence_begin(buffers); at != end && count_ < items_.size(); ++at)
      if (const asio::const_buffer item = *at; item.size() > 0) items_[count_++] = item;
  }
  Gather(asio::const_buffer first, asio::const_buffer second) : Gather(std::array{first, second}) {}

  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator begin() const { return items_.data(); }
  const_iterator end() const { return items_.data() + count_; }
  std::size_t count() const { return count_; }
  void consume(std::size_t bytes);

 private:
  std::array<asio::const_buffer, 8> items_;
  std::size_t count_ = 0;
};

/// A connected byte stream, plain or TLS. One read and one write may be under way at a time; neither ends before the
/// call that starts it has returned. The caller keeps the stream alive until its operations have ended.
class Stream {
 public:
  using Executor = asio::io_context::executor_type;
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

  explicit Stream(Socket socket);
  Stream(Socket socket, std::shared_ptr<asio::ssl::context> tls);
  ~Stream();

  void handshake(asio::ssl::stream_base::handshake_type side, Completion done);
  void read_some(asio::mutable_buffer into, Completion done);
  void write_some(const Gather& buffers, Completion done);
  /// All of `buffers`.
  void write(Gather buffers, Completion done);
  /// Tells the peer that nothing more will come (TLS close_notify).
  void shut_tls(Completion done);

  bool secure() const { return tls_ != nullptr; }
  SSL* native_tls();
  Socket& socket();
  Executor executor() { return socket().get_executor(); }
  void cancel();
  void close();

 private:
  std::shared_ptr<asio::ssl::context> context_;
  std::unique_ptr<Socket> plain_;
  std::unique_ptr<TlsStream> tls_;
  std::string record_;  // the TLS record being written
};

/// Ends a connection so that what was written still arrives: says that nothing more will come, then reads and drops
/// what the peer sends until it ends too, at most 2 s. Closing at once would make the kernel reset the connection when
/// unread bytes are left, and the peer would lose our last words. `owner` keeps `stream` alive.
void close_gently(Stream& stream, std::shared_ptr<void> owner);

}  // namespace wsdeep::net

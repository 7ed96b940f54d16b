#include "net/stream.h"

#include <boost/asio/steady_timer.hpp>

#include "net/tls_stream.h"

namespace wsdeep::net {
namespace {

constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kMaxTlsRecord = 16 * 1024;

class Linger : public std::enable_shared_from_this<Linger> {
 public:
  Linger(Stream& stream, std::shared_ptr<void> owner)
      : stream_(stream), owner_(std::move(owner)), timer_(stream.executor()) {}

  void start() {
    stream_.cancel();
    timer_.expires_after(kLinger);
    timer_.async_wait([self = shared_from_this()](error_code) { self->stream_.close(); });
    if (!stream_.secure()) return half_close();
    stream_.shut_tls([self = shared_from_this()](error_code, std::size_t) { self->half_close(); });
  }

 private:
  void half_close() {
    error_code failed;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, failed);
    if (failed) return finish();
    drain();
  }
  // Below TLS: whatever comes now is dropped, encrypted or not.
  void drain() {
    stream_.socket().async_read_some(asio::buffer(sink_), [self = shared_from_this()](error_code failed, std::size_t) {
      failed ? self->finish() : self->drain();
    });
  }
  void finish() {
    timer_.cancel();
    stream_.close();
  }

  Stream& stream_;
  std::shared_ptr<void> owner_;
  asio::steady_timer timer_;
  std::array<char, 4096> sink_;
};

}  // namespace

void Gather::consume(std::size_t bytes) {
  Gather rest;
  for (asio::const_buffer item : *this) {
    const std::size_t taken = std::min(bytes, item.size());
    bytes -= taken;
    if ((item += taken).size() > 0) rest.items_[rest.count_++] = item;
  }
  *this = rest;
}

Stream::Stream(Socket socket) : plain_(std::make_unique<Socket>(std::move(socket))) {}

Stream::Stream(Socket socket, std::shared_ptr<asio::ssl::context> tls)
    : context_(std::move(tls)), tls_(std::make_unique<TlsStream>(std::move(socket), *context_)) {}

Stream::~Stream() = default;

void Stream::handshake(asio::ssl::stream_base::handshake_type side, Completion done) {
  tls_->handshake(side, std::move(done));
}

void Stream::read_some(asio::mutable_buffer into, Completion done) {
  if (tls_)
    tls_->read_some(into, std::move(done));
  else
    plain_->async_read_some(into, std::move(done));
}

void Stream::write_some(const Gather& buffers, Completion done) {
  if (!tls_) return plain_->async_write_some(buffers, std::move(done));
  if (buffers.count() <= 1) return tls_->write_some(asio::buffer(*buffers.begin()), std::move(done));
  // Each buffer by itself would make one TLS record, and one packet.
  record_.resize(std::min(asio::buffer_size(buffers), kMaxTlsRecord));
  asio::buffer_copy(asio::buffer(record_), buffers);
  tls_->write_some(asio::buffer(record_), std::move(done));
}

void Stream::write(Gather buffers, Completion done) {
  write_some(buffers, [this, buffers, done = std::move(done)](error_code failed, std::size_t bytes) mutable {
    buffers.consume(bytes);
    if (failed || buffers.count() == 0) return done(failed);
    write(buffers, std::move(done));
  });
}

void Stream::shut_tls(Completion done) {
  tls_->shut(std::move(done));
}

SSL* Stream::native_tls() {
  return tls_ ? tls_->native() : nullptr;
}

Stream::Socket& Stream::socket() {
  return tls_ ? tls_->socket() : *plain_;
}

void Stream::cancel() {
  error_code ignored;
  socket().cancel(ignored);
}

void Stream::close() {
  error_code ignored;
  socket().close(ignored);
}

void close_gently(Stream& stream, std::shared_ptr<void> owner) {
  std::make_shared<Linger>(stream, std::move(owner))->start();
}

}  // namespace wsdeep::net

#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/frame_guard.h"
#include "net/stream.h"

namespace wsdeep::net {

/// The layer below Beast's WebSocket: a Stream with bytes that were read too early, a frame limit (server), and a
/// record of the handshake's response (client). Lives inside the WebSocket; operations keep it alive by their handler.
class WebSocketTransport {
 public:
  using executor_type = Stream::Executor;

  WebSocketTransport(std::unique_ptr<Stream> stream, std::string early)
      : stream_(std::move(stream)), held_(std::move(early)) {}

  executor_type get_executor() { return stream_->executor(); }
  Stream& stream() { return *stream_; }

  /// From now on `oversized` is called just before Beast gets to see the header of a frame above `max_frame_bytes`.
  void limit_frames(std::size_t max_frame_bytes, std::function<void()> oversized);

  /// Keeps what is read until a response's header has ended (101), or the first 128 KiB of it (any other status; the
  /// reader sees the end of the stream there). Beast then gets exactly the header of a 101 in the first reads: it
  /// cannot cope with more than 1.5 KB behind a long one.
  void record_response() { recording_ = true; }
  const std::string& recorded() const { return record_; }

  /// When the last read returned.
  SteadyTime read_at() const { return read_at_; }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto done, asio::mutable_buffer into) { read(into, Completion(std::move(done))); }, handler,
        first_of(buffers));
  }
  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto done, const Gather& gathered) { stream_->write_some(gathered, Completion(std::move(done))); },
        handler, Gather(buffers));
  }

 private:
  template <typename Buffers>
  static asio::mutable_buffer first_of(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto at = asio::buffer_sequence_begin(buffers); at != end; ++at)
      if (const asio::mutable_buffer item = *at; item.size() > 0) return item;
    return {};
  }
  void read(asio::mutable_buffer into, Completion done);
  std::size_t inspect(char* data, std::size_t size);
  std::size_t keep_response(const char* data, std::size_t size);

  std::unique_ptr<Stream> stream_;
  SteadyTime read_at_;
  std::string held_;  // read from the stream, not yet delivered
  std::optional<FrameGuard> guard_;
  std::function<void()> oversized_;
  bool recording_ = false;
  std::string record_;
};

// What Beast wants to be able to do with the layer below it. Teardown does nothing: the session closes gently after
// Beast is done, so that `on_close` does not have to wait for the peer's end of the connection.
inline void teardown(boost::beast::role_type, WebSocketTransport&, error_code& failed) {
  failed = {};
}
template <typename Handler>
void async_teardown(boost::beast::role_type, WebSocketTransport& transport, Handler&& handler) {
  asio::post(transport.get_executor(),
             [done = std::forward<Handler>(handler)]() mutable { std::move(done)(error_code{}); });
}
inline void beast_close_socket(WebSocketTransport& transport) {
  transport.stream().close();
}

}  // namespace wsdeep::net

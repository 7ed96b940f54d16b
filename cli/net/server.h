#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/http_message.h"

namespace wsdeep::net {

/// A WebSocket as either side holds it (RFC 6455). All calls and callbacks on the loop's thread.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Queues one text message; written in order, one at a time. Ignored once closed.
  virtual void send_text(std::string message) = 0;
  /// Queues a ping frame.
  virtual void ping() = 0;
  /// Sends a close frame after what is queued; `on_close` follows, at the latest 2 s later. 1005 sends a frame without
  /// a code; of `reason`, at most 123 bytes are sent.
  virtual void close(std::uint16_t code, std::string reason) = 0;
  /// Bytes accepted by `send_text` and not yet written.
  virtual std::size_t queued_bytes() const = 0;
};

/// Called on the loop's thread. `on_close` is called exactly once, last, and releases the callbacks.
struct WebSocketEvents {
  std::function<void(std::string message, bool binary)> on_message;
  /// A ping or pong frame came: the peer is alive.
  std::function<void()> on_heartbeat;
  /// `code` is the peer's (1005 when its close frame had none), or 1006 when the connection just ended. `by_peer` is
  /// false when this side closed first; so also when the peer broke the protocol or a limit: then `code` is what this
  /// side closed with (1002, 1007, 1009).
  std::function<void(std::uint16_t code, std::string reason, bool by_peer)> on_close;
};

/// What a server allows one WebSocket. Breaking a size limit closes it with 1009, a bad UTF-8 text with 1007.
struct WebSocketLimits {
  std::size_t max_frame_bytes = 32 * 1024;
  std::size_t max_message_bytes = 128 * 1024;
};

/// One request that waits for its answer. May be kept and answered later; answered exactly once. Letting go of it
/// unanswered sends 500.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequest& request() const = 0;
  virtual void respond(HttpResponse response) = 0;
  /// For a request with `wants_websocket`: sends 101 with `headers` added (such as Sec-WebSocket-Protocol), then
  /// `opened` with the socket. `opened` gets null when the peer left meanwhile.
  virtual void accept(Headers headers, WebSocketLimits limits,
                      std::function<WebSocketEvents(std::shared_ptr<WebSocket>)> opened) = 0;
  /// `gone` is called when the peer closes the connection before the answer.
  virtual void on_gone(std::function<void()> gone) = 0;
};

struct TlsFiles {
  std::string certificate_chain_file;  ///< PEM
  std::string private_key_file;        ///< PEM
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the kernel chooses
  std::optional<TlsFiles> tls;
  std::size_t max_body_bytes = 8 << 20;
  std::size_t max_header_bytes = 32 * 1024;
  std::chrono::seconds request_timeout{30};  ///< from the first byte of a request to its last
  std::chrono::seconds idle_timeout{75};     ///< a kept-alive connection without a request
};

/// An HTTP/1.1 and WebSocket server (Boost.Beast) on one loop: keep-alive, one request of a connection at a time.
/// Malformed requests get 400, oversized ones 413 or 431, and the handler does not see them. An exception that leaves
/// the handler is logged and answered with 500.
class Server {
 public:
  using Handler = std::function<void(std::shared_ptr<HttpExchange>)>;

  /// Listens at once; throws Error{kFailure} naming address and port when it cannot ("address in use" with a hint).
  Server(EventLoop& loop, const ServerOptions& options, Handler handler);
  ~Server();  ///< Stops listening and drops every connection that is not a WebSocket.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wsdeep::net

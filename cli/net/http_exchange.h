#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "net/websocket.h"

namespace wsdeep::net {

/// The body of an answer, sent piece by piece. Letting go of it before its end cuts the connection, so that the peer
/// knows that it is not whole.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  /// Nothing happens once the peer is gone.
  virtual void write(std::string_view piece) = 0;
  virtual void end() = 0;
  /// Bytes that the peer has not taken yet.
  virtual std::size_t waiting() const = 0;
};

/// One request that waits for its answer. May be kept and answered later; answered exactly once. Letting go of it
/// unanswered sends 500.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequest& request() const = 0;
  virtual void respond(HttpResponse response) = 0;
  /// Sends status and headers, and the body as it comes: in chunks, or to an HTTP/1.0 client until the connection ends.
  /// `on_gone` goes on to be told until the end.
  virtual std::shared_ptr<HttpBody> respond_streaming(HttpResponse head) = 0;
  /// Pieces of a body as they come; at its end `all` is not null: the headers, with what stood behind a chunked body.
  using BodyListener = std::function<void(std::string piece, const Headers* all)>;
  /// For a request that ServerOptions::at_head has taken. A body that breaks off is told to `on_gone`.
  virtual void on_body(BodyListener listener) = 0;
  /// For a request with `wants_websocket`: sends 101 with `headers` added (such as Sec-WebSocket-Protocol), then
  /// `opened` with the socket. `opened` gets null when the peer left meanwhile.
  virtual void accept(Headers headers, WebSocketLimits limits,
                      std::function<WebSocketEvents(std::shared_ptr<WebSocket>)> opened) = 0;
  /// `gone` is called when the peer closes the connection before the answer.
  virtual void on_gone(std::function<void()> gone) = 0;
};

using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

}  // namespace wsdeep::net

#pragma once

#include <functional>
#include <memory>

#include "net/http_message.h"
#include "net/websocket.h"

namespace wsdeep::net {

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

using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

}  // namespace wsdeep::net

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/url.h"
#include "net/event_loop_impl.h"
#include "net/http_message.h"
#include "net/stream.h"
#include "net/websocket.h"

namespace wsdeep::net {

struct Acceptance {
  std::unique_ptr<Stream> stream;
  std::string early;  ///< bytes that were read behind the request
  Headers headers;    ///< added to the 101
  WebSocketLimits limits;
  std::function<WebSocketEvents(std::shared_ptr<WebSocket>)> opened;
};
/// The server's side of a handshake, for a request that was found to be a valid one.
void accept_websocket(EventLoop::Impl& loop, const HttpRequest& request, Acceptance acceptance);

struct Offer {
  std::unique_ptr<Stream> stream;
  Url url;
  Headers headers;
  std::size_t max_message_bytes;
  std::function<WebSocketEvents(std::shared_ptr<WebSocket>, const Headers& response)> opened;
  std::function<void(OpenFailure)> failed;
};
/// The client's side. An answer that Beast takes and RFC 6455 does not is a failure too. Calls one of the two
/// callbacks, later; the function it returns makes it fail at once.
std::function<void()> offer_websocket(EventLoop::Impl& loop, Offer offer);

}  // namespace wsdeep::net

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/http_message.h"
#include "net/websocket.h"

namespace wsdeep::net {

struct WebSocketTarget {
  std::string url;  ///< ws:// or wss://, with the query
  Headers headers;  ///< such as Authorization, Cookie, Origin
  std::string ca_file;
  std::chrono::milliseconds timeout{10000};  ///< resolving, connecting, TLS and the handshake together
  std::size_t max_message_bytes = 1 << 20;
};

/// Opens a WebSocket. Exactly one of `opened` and `failed` is called, on the loop. Messages longer than 32 KiB are sent
/// as several frames (API Gateway's limit on one). Goes through the proxy of net/proxy.h's rule, by CONNECT. Letting go
/// of the Subscription before that cancels the attempt.
[[nodiscard]] EventLoop::Subscription open_websocket(
    EventLoop& loop, const WebSocketTarget& target,
    std::function<WebSocketEvents(std::shared_ptr<WebSocket>, const Headers& response, const OpenTimes& times)> opened,
    std::function<void(OpenFailure)> failed);

}  // namespace wsdeep::net

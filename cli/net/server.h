#pragma once

#include <cstdint>
#include <memory>

#include "net/event_loop.h"
#include "net/http_exchange.h"
#include "net/server_options.h"

namespace wsdeep::net {

/// An HTTP/1.1 and WebSocket server (Boost.Beast) on one loop: keep-alive, one request of a connection at a time.
/// Malformed requests get 400, oversized ones 413 or 431, and the handler does not see them. An exception that leaves
/// the handler is logged and answered with 500.
class Server {
 public:
  using Handler = HttpHandler;

  /// Listens at once; throws Error{kFailure} naming address and port when it cannot ("address in use" with a hint).
  Server(EventLoop& loop, const ServerOptions& options, Handler handler);
  ~Server();  ///< Stops listening and drops every connection that is not a WebSocket.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// Takes no new connections any more; those that are there go on.
  void stop_accepting();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wsdeep::net

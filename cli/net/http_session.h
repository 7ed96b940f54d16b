#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "net/event_loop_impl.h"
#include "net/http_exchange.h"
#include "net/server_options.h"
#include "net/stream.h"

namespace wsdeep::net {

class HttpSession;

/// What a server and its connections share. Outlives the server as long as a connection is being closed.
struct ServerCore {
  EventLoop::Impl& loop;
  ServerOptions options;
  std::shared_ptr<const HttpHandler> handler;
  std::shared_ptr<asio::ssl::context> tls;
  std::unordered_set<HttpSession*> sessions;
};

/// Serves the requests of one new connection; keeps itself alive.
void serve_connection(std::shared_ptr<ServerCore> core, Stream::Socket socket);
/// Drops every connection of `core` at once.
void drop_connections(ServerCore& core);

}  // namespace wsdeep::net

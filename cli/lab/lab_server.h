#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "auth/live_secret.h"
#include "lab/jail_options.h"
#include "lab/labs_api.h"
#include "lab/messages_api.h"
#include "lab/sessions.h"
#include "net/server.h"

namespace wsdeep::lab {

struct LabServerOptions {
  net::ServerOptions listen;
  SessionsOptions sessions;
  TokenOptions token;
  std::shared_ptr<auth::LiveSecret> secret;  ///< of the service's requests; null: none is signed
};

/// The lab over HTTP: `/health`, `/api/labs/…` for users, `/api/ws/…` for the service. On one loop.
class LabServer {
 public:
  /// Listens at once; throws as net::Server does. `lost` is told when it cannot make sessions any more.
  LabServer(net::EventLoop& loop, Keeper& keeper, LabServerOptions options, std::function<void()> lost);

  std::uint16_t port() const { return server_.port(); }
  /// Takes no new requests, ends all sessions, then calls `done`: within 0.8 s.
  void stop(std::function<void()> done);

 private:
  void serve(const Exchange& exchange);
  void health(const Exchange& exchange) const;

  std::vector<std::string> missing_limits_;
  Sessions sessions_;
  LabsApi labs_;
  MessagesApi messages_;
  net::Server server_;
};

}  // namespace wsdeep::lab

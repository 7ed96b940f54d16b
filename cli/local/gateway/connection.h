#pragma once

#include "local/gateway/gateway.h"
#include "net/websocket.h"

namespace wsdeep::local {

/// One client, from its request to its end.
struct Gateway::Connection {
  std::string id;
  std::shared_ptr<net::WebSocket> socket;
  std::int64_t connected_at_ms = 0;
  SteadyTime opened_at;
  SteadyTime active_at;
  std::int64_t last_active_ms = 0;
  std::string source_ip;
  std::optional<std::string> user_agent;
  std::string domain;
  wire::AuthorizerContext authorizer;
  int close_code = 0;  ///< why this side closed it; 0 while it did not
  std::string close_reason;

  void touch(const Clock& clock) {
    active_at = clock.steady_now();
    last_active_ms = epoch_ms(clock.now());
  }
};

}  // namespace wsdeep::local

#pragma once

#include <string>

#include "lab/lab_http.h"
#include "lab/sessions.h"

namespace wsdeep::lab {

/// `/api/ws/message` and `/api/ws/disconnect`, for the service: what clients of sessions send by their WebSockets. Who
/// they are is in fields that the service has filled in, and vouches for by its signature.
class MessagesApi {
 public:
  /// `secret` empty: requests need no signature, and sessions are not held to their owners.
  MessagesApi(Sessions& sessions, std::string secret) : sessions_(sessions), secret_(std::move(secret)) {}

  void serve(const Exchange& exchange, const std::string& path);

 private:
  bool is_signed(const Exchange& exchange, const std::string& path) const;
  void message(const Exchange& exchange);
  void disconnect(const Exchange& exchange);

  Sessions& sessions_;
  const std::string secret_;
};

}  // namespace wsdeep::lab

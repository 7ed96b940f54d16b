#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "session/loop_link.h"

namespace wsdeep::load {

/// Where sessions are opened, and as whom.
struct SessionAccess {
  session::Endpoint endpoint;
  /// The token of a session, from 0 on; otherwise as session::TokenSource.
  std::function<std::string(std::uint64_t session, const std::stop_token& stop)> token;

  session::TokenSource token_of(std::uint64_t session) const {
    return [token = token, session](const std::stop_token& stop) { return token(session, stop); };
  }
};

}  // namespace wsdeep::load

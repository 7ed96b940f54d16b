#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/proxy.h"
#include "net/stream.h"
#include "net/websocket.h"

namespace wsdeep::net {

/// Has the HTTP proxy at the other end of `socket` connect to `target` (CONNECT, RFC 9110 §9.3.6), then calls `done`:
/// with nothing when all that follows on the socket is the target's, else with why it is not. The caller keeps the
/// socket alive, and closes it to cut the exchange short.
void open_tunnel(Stream::Socket& socket, const Proxy& proxy, std::string target,
                 std::function<void(std::optional<OpenFailure>)> done);

}  // namespace wsdeep::net

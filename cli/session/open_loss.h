#pragma once

#include "net/websocket.h"
#include "session/link.h"

namespace wsdeep::session {

/// What a WebSocket that could not be opened means to its user: the cause, what to do, and whether to try again.
Loss loss_of(const net::OpenFailure& failure);

}  // namespace wsdeep::session

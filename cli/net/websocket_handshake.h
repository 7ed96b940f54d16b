#pragma once

#include <optional>
#include <string>

#include "net/http_message.h"

namespace wsdeep::net {

/// True when `request` is an opening handshake that a server may accept (RFC 6455 §4.2.1).
bool is_websocket_handshake(const HttpRequest& request);

/// The answer to a request that is not one: 426 when it did not ask for a WebSocket or for another version than 13, 405
/// when it is no GET, 400 when its key is no key. Says in its body what is wrong.
HttpResponse handshake_refusal(const HttpRequest& request);

/// Why a client must not use the WebSocket although its key was answered (RFC 6455 §4.1): the answer has an extension
/// or a subprotocol that the request's `offered` headers have not, or has one of its own fields twice. Nothing: it may.
std::optional<std::string> unasked_in_answer(const Headers& offered, const Headers& answer);

}  // namespace wsdeep::net

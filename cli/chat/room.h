#pragma once

#include "chat/chat.h"

/// Chat-room mode: one client's message to others, without a model. Private to this folder.
namespace wsdeep::chat {

/// Delivers to `all` other connections, to those of a user, or to one connection; returns how many got it. Connections
/// that turn out to be gone are removed. A failure at one of them does not keep the message from the others: the first
/// one is thrown after all were tried.
int deliver(const wire::RoomMessage& message, std::string_view from_connection_id, Connections& connections,
            Replies& replies);

}  // namespace wsdeep::chat

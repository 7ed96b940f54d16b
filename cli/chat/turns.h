#pragma once

#include <string>

#include "chat/chat.h"

/// Private to this folder.
namespace wsdeep::chat {

struct Asked {
  std::string text;  ///< checked
  Generating how;
};

/// What a question comes to. A new one is recorded, acknowledged, and its generation started. One that the chat has had
/// before, which a client sends again because it does not know what became of it: its answer goes on here, or is told
/// once more, or begins anew because nobody is at it; never two at a time. Throws a Refusal.
/// `message_id` is the client's own, or empty; it is filled in as soon as the client knows it.
void ask(const Asked& asked, const Connection& connection, std::string& message_id, MessagePorts ports);

}  // namespace wsdeep::chat

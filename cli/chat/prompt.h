#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/chat.h"

/// What of a chat goes to the model. Private to this folder.
namespace wsdeep::chat {

/// The question of `turn` and the turns before it, oldest first, as the model should see them: the system prompt, then
/// whole turns only, the newest that fit into `limits.max_history_characters` together with the question. Stored
/// answers have no reasoning. A turn without a question, or outside of rooms an answer, is left out. Empty when the
/// question is not stored.
std::vector<ChatMessage> read_conversation(Chats& chats, const Chat& chat, const TurnKey& turn, const Limits& limits);

/// `messages` as one text, for a server that knows only prompts: the question as it is when there is nothing else, else
/// `System: …`, `User: …`, `Assistant: …` paragraphs that end with an open `Assistant:`.
std::string flatten(const std::vector<ChatMessage>& messages);

}  // namespace wsdeep::chat

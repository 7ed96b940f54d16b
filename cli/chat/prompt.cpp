#include "chat/prompt.h"

#include <algorithm>

#include "base/utf8.h"

namespace wsdeep::chat {
namespace {

/// One read of the store, and how many of them a prompt is worth: a chat of thousands of short turns, or of failed
/// ones, must not delay the first token.
constexpr int kPageMessages = 100;
constexpr std::size_t kMaxMessagesRead = 1000;

/// Both halves of a turn, or one of them.
struct Turn {
  std::string message_id;
  std::string question;
  std::string answer;
};

/// As the model sees it: in a room, who says what.
std::string words_of(const wire::StoredMessage& message) {
  return message.sender_name.empty() ? message.content : message.sender_name + ": " + message.content;
}

void add(Turn& turn, const wire::StoredMessage& message) {
  if (message.role == "user") turn.question = words_of(message);
  if (message.role == "assistant") turn.answer = message.content;
}

/// Turns from messages, newest first both. The two messages of a turn are neighbours: turns are stored by when they
/// were accepted.
std::vector<Turn> turns_of(const std::vector<wire::StoredMessage>& messages) {
  std::vector<Turn> turns;
  for (const wire::StoredMessage& message : messages) {
    if (turns.empty() || turns.back().message_id != message.message_id) turns.push_back({message.message_id, "", ""});
    add(turns.back(), message);
  }
  return turns;
}

/// The newest whole turns, newest first, until one does not fit; whether one did not is in `full`. In a room, what
/// nobody asked the model belongs to the talk, too.
std::vector<Turn> newest_fitting(std::vector<Turn> turns, std::string_view except, bool in_room, std::size_t budget,
                                 bool& full) {
  std::vector<Turn> kept;
  for (Turn& turn : turns) {
    if (turn.message_id == except || turn.question.empty() || (turn.answer.empty() && !in_room)) continue;
    const std::size_t size = utf8_length(turn.question) + utf8_length(turn.answer);
    full = size > budget;
    if (full) break;
    budget -= size;
    kept.push_back(std::move(turn));
  }
  return kept;
}

std::string question_of(const std::vector<wire::StoredMessage>& messages, std::string_view message_id) {
  for (const wire::StoredMessage& message : messages)
    if (message.message_id == message_id && message.role == "user") return words_of(message);
  return {};
}

std::vector<ChatMessage> as_messages(const std::vector<Turn>& newest_first, const std::string& question,
                                     const std::string& system_prompt) {
  std::vector<ChatMessage> out;
  if (!system_prompt.empty()) out.push_back({"system", system_prompt});
  for (auto turn = newest_first.rbegin(); turn != newest_first.rend(); ++turn) {
    out.push_back({"user", turn->question});
    if (!turn->answer.empty()) out.push_back({"assistant", turn->answer});
  }
  out.push_back({"user", question});
  return out;
}

std::string_view label_of(std::string_view role) {
  if (role == "system") return "System: ";
  return role == "assistant" ? "Assistant: " : "User: ";
}

}  // namespace

std::vector<ChatMessage> read_conversation(Chats& chats, const Chat& chat, const TurnKey& turn, const Limits& limits) {
  // A chat that was cleared after the question was accepted still answers it, without a past.
  const std::int64_t from_ms = std::min(chat.history_from_ms, turn.accepted_at_ms);
  std::vector<wire::StoredMessage> messages;
  std::vector<Turn> turns;
  std::string question, before;
  bool full = false;
  const bool in_room = !room_of_chat(turn.chat_id).empty();
  do {
    auto slice = chats.read_back(turn.chat_id, from_ms, before, kPageMessages);
    if (!slice) break;  // the chat was cleared meanwhile: what has been read is all there is
    messages.insert(messages.end(), slice->messages.begin(), slice->messages.end());
    before = slice->next;
    question = question_of(messages, turn.message_id);
    const std::size_t taken = utf8_length(question);
    const std::size_t budget = limits.max_history_characters - std::min(taken, limits.max_history_characters);
    turns = newest_fitting(turns_of(messages), turn.message_id, in_room, budget, full);
  } while (!before.empty() && !full && messages.size() < kMaxMessagesRead);
  if (question.empty()) return {};
  return as_messages(turns, question, limits.system_prompt);
}

std::string flatten(const std::vector<ChatMessage>& messages) {
  if (messages.size() == 1) return messages.front().content;
  std::string out;
  for (const ChatMessage& message : messages) {
    out += label_of(message.role);
    out += message.content;
    out += "\n\n";
  }
  return out + "Assistant:";
}

}  // namespace wsdeep::chat

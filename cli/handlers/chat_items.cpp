#include "handlers/chat_items.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace wsdeep::handlers {
namespace {

using wire::AttributeMap;
using wire::AttributeValue;

constexpr std::string_view kMessagePrefix = "msg#";
constexpr std::size_t kTimeDigits = 13;

AttributeMap key_of(std::string_view chat_id, std::string_view item_key) {
  return {{"chatId", AttributeValue::of(chat_id)}, {"itemKey", AttributeValue::of(item_key)}};
}

std::string text_in(const AttributeMap& item, std::string_view name) {
  return wire::text_of(item, name).value_or("");
}

std::int64_t integer_in(const AttributeMap& item, std::string_view name) {
  return wire::integer_of(item, name).value_or(0);
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

AttributeMap key_of_meta(std::string_view chat_id) {
  return key_of(chat_id, "meta");
}

AttributeMap key_of_turn(std::string_view chat_id, std::string_view message_id) {
  return key_of(chat_id, fmt::format("turn#{}", message_id));
}

AttributeMap key_of_message(const chat::TurnKey& turn, bool answer) {
  return key_of(turn.chat_id,
                fmt::format("{}#{}#{}", first_message_key(turn.accepted_at_ms), turn.message_id, answer ? 1 : 0));
}

std::string first_message_key(std::int64_t from_ms) {
  return fmt::format("{}{:013}", kMessagePrefix, from_ms);
}

bool is_cursor(std::string_view cursor, std::int64_t from_ms) {
  if (!cursor.starts_with(kMessagePrefix) || cursor < first_message_key(from_ms)) return false;
  const auto parts = split(cursor.substr(kMessagePrefix.size()), '#');
  return parts.size() == 3 && parts[0].size() == kTimeDigits && all_digits(parts[0]) && !parts[1].empty() &&
         (parts[2] == "0" || parts[2] == "1");
}

chat::Chat chat_in(const AttributeMap& meta) {
  chat::Chat chat;
  chat.chat_id = text_in(meta, "chatId");
  chat.user_id = text_in(meta, "userId");
  chat.title = text_in(meta, "title");
  chat.sticky_cookie = text_in(meta, "stickyCookie");
  chat.history_from_ms = integer_in(meta, "historyFrom");
  chat.connection_id = text_in(meta, "connectionId");
  return chat;
}

wire::StoredMessage message_in(const AttributeMap& item) {
  return {text_in(item, "role"),
          text_in(item, "content"),
          text_in(item, "messageId"),
          integer_in(item, "timestamp"),
          false,
          item.find("partial") != item.end(),
          text_in(item, "sender"),
          text_in(item, "senderName")};
}

Generation generation_in(const AttributeMap& meta) {
  const auto found = meta.find("generation");
  if (found == meta.end() || found->second.map() == nullptr) return {};
  const AttributeMap& generation = *found->second.map();
  return {text_in(generation, "messageId"), integer_in(generation, "heartbeatAt"), text_in(generation, "claimed")};
}

chat::KnownTurn known_turn(const AttributeMap& record, const Generation& holder, std::int64_t stale_ms) {
  using State = chat::KnownTurn::State;
  chat::KnownTurn known;
  known.accepted_at_ms = integer_in(record, "acceptedAt");
  known.ending.outcome = text_in(record, "outcome");
  known.ending.finish_reason = text_in(record, "finishReason");
  if (record.find("promptTokens") != record.end())
    known.ending.usage =
        Usage{integer_in(record, "promptTokens"), integer_in(record, "completionTokens"),
              wire::integer_of(record, "cachedPromptTokens"), wire::integer_of(record, "reasoningTokens")};
  known.restarted = record.find("restarted") != record.end();
  const bool holds = holder.message_id == text_in(record, "messageId") && holder.heartbeat_at_ms >= stale_ms;
  if (!known.ending.outcome.empty())
    known.state = State::kEnded;
  else if (holds)
    known.state = holder.claim.empty() ? State::kWaiting : State::kRunning;
  else
    known.state = State::kDied;
  return known;
}

}  // namespace wsdeep::handlers

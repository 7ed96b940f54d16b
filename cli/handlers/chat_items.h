#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/ports.h"
#include "wire/attribute_value.h"

/// The items of the chats table, read and made. How they lie there stands at the top of dynamo_chats.cpp. Private to
/// this folder.
namespace wsdeep::handlers {

wire::AttributeMap key_of_meta(std::string_view chat_id);
wire::AttributeMap key_of_turn(std::string_view chat_id, std::string_view message_id);
wire::AttributeMap key_of_message(const chat::TurnKey& turn, bool answer);
/// Where the messages of turns that were accepted at `from_ms`, or later, begin; and where all messages end.
std::string first_message_key(std::int64_t from_ms);
inline constexpr std::string_view kAfterLastMessage = "msg#~";
/// Whether `cursor` is the key of a message that a chat may have, not before first_message_key(from_ms). DynamoDB takes
/// any other start for a fault of ours.
bool is_cursor(std::string_view cursor, std::int64_t from_ms);

chat::Chat chat_in(const wire::AttributeMap& meta);
wire::StoredMessage message_in(const wire::AttributeMap& item);

/// The lock in a `meta` item: who holds the chat's one generation.
struct Generation {
  std::string message_id;  ///< empty: nobody
  std::int64_t heartbeat_at_ms = 0;
  std::string claim;  ///< of the run that is at it; empty: none has begun
};
Generation generation_in(const wire::AttributeMap& meta);

/// What `turn#…` and `meta` say together.
chat::KnownTurn known_turn(const wire::AttributeMap& record, const Generation& holder, std::int64_t stale_ms);

}  // namespace wsdeep::handlers

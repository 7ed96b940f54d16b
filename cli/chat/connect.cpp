#include <algorithm>

#include "base/random.h"
#include "chat/chat.h"
#include "chat/room.h"

namespace wsdeep::chat {
namespace {

constexpr std::size_t kMaxChatIdCharacters = 128;

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

Connection connection_of(const Arrival& arrival, std::string_view chat_id, const Limits& limits) {
  Connection connection;
  connection.connection_id = arrival.connection_id;
  connection.user_id = arrival.user_id;
  connection.user_email = arrival.user_email;
  connection.domain_name = arrival.domain_name;
  connection.stage = arrival.stage;
  connection.origin = arrival.origin;
  connection.chat_id = chat_id;
  connection.connected_at_ms = arrival.connected_at_ms;
  connection.user_name = arrival.user_name;
  connection.ttl = arrival.connected_at_ms / 1000 + limits.connection_ttl.count();
  return connection;
}

}  // namespace

bool is_chat_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxChatIdCharacters && std::all_of(text.begin(), text.end(), is_id_character);
}

ConnectVerdict connect(const Arrival& arrival, RoomPorts ports, Chats& chats, const Limits& limits) {
  if (arrival.session_id && !is_chat_id(*arrival.session_id)) return ConnectVerdict::kBadSession;
  const std::string chat_id = arrival.session_id ? *arrival.session_id : random_uuid();
  if (chats.open(chat_id, arrival.user_id).user_id != arrival.user_id) return ConnectVerdict::kForeignSession;
  const Connection connection = connection_of(arrival, chat_id, limits);
  ports.connections.put(connection);
  if (limits.allow_rooms) Crowd(ports).enter(connection, std::string(kLobby));
  return ConnectVerdict::kAccepted;
}

/// The rooms first: who is told so twice finds them still.
void disconnect(std::string_view connection_id, RoomPorts ports, const Limits& limits) {
  const auto connection = limits.allow_rooms ? ports.connections.find(connection_id) : std::nullopt;
  if (connection) Crowd(ports).depart(*connection);
  ports.connections.remove(connection_id);
}

}  // namespace wsdeep::chat

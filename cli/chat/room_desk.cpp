#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "base/random.h"
#include "base/text.h"
#include "chat/checked_input.h"
#include "chat/failures.h"
#include "chat/room.h"
#include "wire/room_words.h"

namespace wsdeep::chat {

void RoomDesk::say(const wire::RoomFrame& frame) {
  if (!limits_.allow_rooms) throw invalid_input("Messages to other users are disabled.");
  const std::string recipient(trim(frame.recipient));
  if (recipient.empty()) throw invalid_input("The recipient is empty.");
  wire::RoomMessage message{checked_text(frame.content, limits_.max_text_characters),
                            connection_.user_id,
                            recipient,
                            frame.message_id ? checked_message_id(*frame.message_id) : random_uuid(),
                            now_ms(),
                            connection_.user_name,
                            ""};
  check_rate();
  const std::optional<Posted> told =
      recipient == "all" ? say_to_room(room_named(frame.room), std::move(message)) : say_to_person(message);
  if (!told) return notify("Message sent", "It had been sent before.");
  const Posted& posted = *told;
  if (posted.failure) std::rethrow_exception(posted.failure);
  notify("Message sent", fmt::format("Delivered to {} connection{}.", posted.sent, posted.sent == 1 ? "" : "s"));
}

/// Kept before it is told: who comes back finds what others have seen. Told before the model is called: its answer
/// comes after the question.
std::optional<Posted> RoomDesk::say_to_room(const std::string& room, wire::RoomMessage message) {
  const std::vector<Member> members = members_of(room);
  message.room = room;
  const TurnKey said{chat_of_room(room), message.message_id, message.timestamp_ms};
  const bool asks = wire::asks_model(message.content);
  if (!keep(said, message, asks)) return std::nullopt;
  Posted posted = Crowd(ports_.of_rooms()).tell(room, members, encode(message), connection_.connection_id);
  if (asks) call_model(said);
  return posted;
}

/// A question takes the room's one answer at a time.
bool RoomDesk::keep(const TurnKey& said, const wire::RoomMessage& message, bool asks) {
  const Question question{message.content, message.room, said.chat_id, message.sender, message.sender_name};
  if (!asks) {
    ports_.chats.keep(said, question);
    return true;
  }
  ports_.chats.open(said.chat_id, said.chat_id);
  switch (ports_.chats.accept(said, question).verdict) {
    case Admission::Verdict::kAccepted:
      return true;
    case Admission::Verdict::kKnown:
      return false;
    case Admission::Verdict::kBusy:
      throw Refusal{"Busy", "busy", "The model is answering somebody else in this room. Ask again when it has."};
    case Admission::Verdict::kNoChat:
      break;
  }
  throw refusal_of("chat_expired");
}

/// A turn that nobody answers does not hold the room.
void RoomDesk::call_model(const TurnKey& turn) {
  try {
    ports_.generations.start(turn, turn.chat_id, connection_.user_id, {});
  } catch (const std::exception& failure) {
    TurnEnd end;
    end.ending.outcome = category_of(failure);
    end.connection_id = turn.chat_id;
    ports_.chats.end_turn(turn, end);
    throw;
  }
}

/// A user who is called as a connection is hides it, as ever.
Posted RoomDesk::say_to_person(const wire::RoomMessage& message) {
  std::vector<Connection> found = ports_.connections.of_user(message.recipient);
  if (found.empty())
    if (const auto one = ports_.connections.find(message.recipient)) found.push_back(*one);
  std::vector<Member> members;
  for (const Connection& connection : found)
    members.push_back({connection.connection_id, connection.user_id, connection.user_name, connection.ttl});
  return Crowd(ports_.of_rooms()).tell("", members, encode(message));
}

void RoomDesk::join(const wire::JoinFrame& frame) {
  const std::string room = room_named(frame.room);
  switch (Crowd(ports_.of_rooms()).enter(connection_, room)) {
    case Rooms::Joined::kTooMany:
      throw invalid_input(fmt::format("You are in {} rooms already; leave one first.", kMostRooms));
    case Rooms::Joined::kNoConnection:
      throw Refusal{kInvalidInput, "internal", "This connection is not known. Please reconnect."};
    case Rooms::Joined::kNew:
    case Rooms::Joined::kThere:
      return tell_who({room});
  }
}

void RoomDesk::leave(const wire::LeaveFrame& frame) {
  const std::string room = room_named(frame.room);
  if (!Crowd(ports_.of_rooms()).leave(connection_, room))
    throw invalid_input(fmt::format("You are not in the room '{}'.", room));
  notify("Room left", fmt::format("Nothing of '{}' comes here any more.", room));
}

void RoomDesk::tell_who(const wire::WhoFrame& frame) {
  const std::string room = room_named(frame.room);
  std::vector<wire::Occupant> who = occupants(members_of(room));
  const auto count = static_cast<std::int64_t>(who.size());
  post(encode(wire::Presence{wire::Presence::Event::kList, room, std::move(who), count, now_ms()}));
}

std::string RoomDesk::chat_of(std::string_view room) {
  const std::string name = room_named(room);
  members_of(name);
  return chat_of_room(name);
}

std::string RoomDesk::room_named(std::string_view name) const {
  if (!limits_.allow_rooms) throw invalid_input("Rooms are disabled.");
  if (name.empty()) return std::string(kLobby);
  if (!is_room_name(name)) throw invalid_input("data.room: expected 1 to 64 characters of A-Z, a-z, 0-9, _ and -.");
  return std::string(name);
}

/// What is said in a room is for those who are in it.
std::vector<Member> RoomDesk::members_of(const std::string& room) {
  std::vector<Member> members = ports_.rooms.members(room);
  const bool is_in = std::any_of(members.begin(), members.end(), [&](const Member& member) {
    return member.connection_id == connection_.connection_id;
  });
  if (!is_in) throw invalid_input(fmt::format("You are not in the room '{}'; join it first.", room));
  return members;
}

void RoomDesk::check_rate() {
  const std::int64_t length = std::chrono::milliseconds(kRoomWindow).count();
  const std::int64_t window = now_ms() / length * length;
  if (ports_.rooms.take_message(connection_.user_id, window, kMostRoomMessages, (window + 2 * length) / 1000)) return;
  const std::int64_t wait_ms = window + length - now_ms();
  throw Refusal{kProcessingFailed, "rate_limited",
                fmt::format("That is more than {} messages in {} seconds. Please wait {} s.", kMostRoomMessages,
                            kRoomWindow.count(), (wait_ms + 999) / 1000),
                wait_ms};
}

void RoomDesk::notify(std::string_view title, std::string text) {
  post(encode(wire::Notice{std::string(title), std::move(text), connection_.chat_id, now_ms()}));
}

void RoomDesk::post(std::string_view frame) {
  if (ports_.replies.post(connection_.connection_id, frame, Repeat::kVisible) == Delivery::kGone)
    ports_.connections.remove(connection_.connection_id);
}

}  // namespace wsdeep::chat

#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/chat.h"

/// Rooms: what people say to each other, without a model, unless they call for one. Private to this folder.
namespace wsdeep::chat {

/// The people in the rooms: who comes and goes is told to those who are there. What is posted may find that somebody
/// has gone without a word: then he leaves.
class Crowd {
 public:
  explicit Crowd(RoomPorts ports) : ports_(ports) {}

  /// The others are told of it as they are of one who departs.
  Rooms::Joined enter(const Connection& connection, const std::string& room);
  /// False when it was not there.
  bool leave(const Connection& connection, const std::string& room);
  /// Of a connection that ends: out of all its rooms. They are told of it by this call, or by another one's that tells
  /// them of such ends just now, with all that have come together: none reads the room for itself.
  void depart(const Connection& connection);
  /// Posts to `members` of the room, but for the connection `except`. `room` empty: they are of none.
  Posted tell(const std::string& room, const std::vector<Member>& members, std::string_view frame,
              std::string_view except = {});

 private:
  void tell_changes(const std::string& room, std::string_view teller, SteadyTime until);
  void tell_once(const std::string& room);
  void tell_arrived(const std::string& room, const Rooms::Census& census);
  void welcome(const std::string& room, const std::vector<wire::Occupant>& who, const std::vector<Member>& members);
  void tell_departed(const std::string& room, const Rooms::Census& census);
  void stop_telling(const std::string& room, std::string_view teller);
  void stop_telling_after(const std::exception& failure, const std::string& room, std::string_view teller);
  Posted post(const std::vector<Member>& members, std::string_view frame, std::string_view except);
  void forget(const std::string& room, const std::vector<Member>& members, const std::vector<std::string>& gone);
  bool is_coming(const std::string& connection_id) const;
  void announce(wire::Presence::Event event, const std::string& room, const std::vector<wire::Occupant>& who,
                const std::vector<Member>& to, std::string_view except);
  std::string told(wire::Presence::Event event, const std::string& room, const std::vector<wire::Occupant>& who) const;

  RoomPorts ports_;
};

/// Each user once, however many connections they have, by name.
std::vector<wire::Occupant> occupants(const std::vector<Member>& members);

/// A frame about rooms, of one connected client: checked, done, answered. Throws a Refusal; what a port throws comes
/// out.
class RoomDesk {
 public:
  RoomDesk(const Connection& connection, MessagePorts ports, const Limits& limits)
      : connection_(connection), ports_(ports), limits_(limits) {}

  /// Tells the room, a user or one connection, and answers how many. The room's `@model …` calls the model, too.
  void say(const wire::RoomFrame& frame);
  /// Answered by who is there.
  void join(const wire::JoinFrame& frame);
  void leave(const wire::LeaveFrame& frame);
  void tell_who(const wire::WhoFrame& frame);
  /// The room's chat, for who is in it.
  std::string chat_of(std::string_view room);

 private:
  std::string room_named(std::string_view name) const;
  std::vector<Member> members_of(const std::string& room);
  void check_rate();
  /// Nothing: it asked the model, and was sent before.
  std::optional<Posted> say_to_room(const std::string& room, wire::RoomMessage message);
  /// False for a question that is known.
  bool keep(const TurnKey& said, const wire::RoomMessage& message, bool asks);
  void call_model(const TurnKey& turn);
  Posted say_to_person(const wire::RoomMessage& message);
  void post(std::string_view frame);
  void notify(std::string_view title, std::string text);
  std::int64_t now_ms() const { return epoch_ms(ports_.clock.now()); }

  const Connection& connection_;
  MessagePorts ports_;
  const Limits& limits_;
};

/// To a room, what its chat is answered goes to everybody who is in it.
class RoomReplies final : public Replies {
 public:
  RoomReplies(Rooms& rooms, Replies& replies, const Clock& clock) : rooms_(rooms), replies_(replies), clock_(clock) {}

  /// `connection_id` may be the chat of a room, of which nobody is left when it is gone.
  Delivery post(std::string_view connection_id, std::string_view frame, Repeat repeat) override;
  Posted post_all(const std::vector<std::string>& connection_ids, std::string_view frame) override {
    return replies_.post_all(connection_ids, frame);
  }
  Posted post_each(const std::vector<Letter>& letters) override { return replies_.post_each(letters); }

 private:
  const std::vector<std::string>& members_of(std::string_view room);

  Rooms& rooms_;
  Replies& replies_;
  const Clock& clock_;
  std::vector<std::string> members_;
  std::optional<SteadyTime> asked_at_;
};

}  // namespace wsdeep::chat

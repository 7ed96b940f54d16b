#include "chat/room.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <set>
#include <tuple>

namespace wsdeep::chat {
namespace {

constexpr std::size_t kMaxRoomName = 64;
constexpr std::string_view kRoomChat = "room#";
/// Those who have gone leave one by one: so many a message, the others at the next.
constexpr std::size_t kMostForgotten = 50;
/// Who comes in the middle of an answer hears the rest of it, soon.
constexpr std::chrono::seconds kMembersAge{2};
/// Of those who come or go, in one frame: one of 128 KiB holds so many of the longest names.
constexpr std::size_t kMostTold = 200;
/// Who tells of others who depart does so for so long, which is half of what `$disconnect` may take.
constexpr std::chrono::seconds kLongestTelling{5};
/// Who comes is kept waiting by that: his handshake, or the list of who is there.
constexpr std::chrono::seconds kLongestWelcome{1};
/// API Gateway says of a connection whose `$connect` is under way that it is gone, which that may be for 29 seconds.
constexpr std::chrono::milliseconds kLongestHandshake{30'000};
/// Then he has died.
constexpr std::chrono::milliseconds kTellingLease{15'000};

bool is_there(const std::vector<Member>& members, std::string_view user_id) {
  return std::any_of(members.begin(), members.end(), [&](const Member& member) { return member.user_id == user_id; });
}

void leave_out(std::vector<Member>& members, std::string_view connection_id) {
  std::erase_if(members, [&](const Member& member) { return member.connection_id == connection_id; });
}

Member member_of(const Connection& connection) {
  return {connection.connection_id, connection.user_id, connection.user_name, connection.ttl};
}

wire::Occupant occupant_of(const Member& member) {
  return {member.user_id, member.name.empty() ? member.user_id : member.name};
}

std::set<std::string> ids_of(const std::vector<Member>& members) {
  std::set<std::string> ids;
  for (const Member& member : members) ids.insert(member.connection_id);
  return ids;
}

/// As many of them as one frame names.
std::vector<std::vector<wire::Occupant>> in_frames(const std::vector<wire::Occupant>& who) {
  std::vector<std::vector<wire::Occupant>> out;
  for (std::size_t at = 0; at < who.size(); at += kMostTold) {
    const auto first = who.begin() + static_cast<std::ptrdiff_t>(at);
    out.emplace_back(first, first + static_cast<std::ptrdiff_t>(std::min(kMostTold, who.size() - at)));
  }
  return out;
}

}  // namespace

bool is_room_name(std::string_view text) {
  return text.size() <= kMaxRoomName && is_chat_id(text);
}

std::string chat_of_room(std::string_view room) {
  return std::string(kRoomChat) + std::string(room);
}

std::string_view room_of_chat(std::string_view chat_id) {
  return chat_id.starts_with(kRoomChat) ? chat_id.substr(kRoomChat.size()) : std::string_view();
}

std::vector<wire::Occupant> occupants(const std::vector<Member>& members) {
  std::vector<wire::Occupant> out;
  std::set<std::string_view> seen;
  for (const Member& member : members)
    if (seen.insert(member.user_id).second) out.push_back(occupant_of(member));
  std::sort(out.begin(), out.end(), [](const wire::Occupant& a, const wire::Occupant& b) {
    return std::tie(a.name, a.user_id) < std::tie(b.name, b.user_id);
  });
  return out;
}

Rooms::Joined Crowd::enter(const Connection& connection, const std::string& room) {
  const Rooms::Joined joined = ports_.rooms.join(room, member_of(connection));
  if (joined != Rooms::Joined::kNew) return joined;
  tell_changes(room, connection.connection_id, ports_.clock.steady_now() + kLongestWelcome);
  return joined;
}

bool Crowd::leave(const Connection& connection, const std::string& room) {
  if (!ports_.rooms.leave(room, connection.connection_id)) return false;
  const std::vector<Member> others = ports_.rooms.members(room);
  if (!is_there(others, connection.user_id))
    announce(wire::Presence::Event::kLeave, room, {occupant_of(member_of(connection))}, others,
             connection.connection_id);
  return true;
}

/// Out of all rooms first: who is told of one end sees that it is done.
void Crowd::depart(const Connection& connection) {
  std::vector<std::string> left;
  for (const std::string& room : connection.rooms)
    if (ports_.rooms.depart(room, connection.connection_id)) left.push_back(room);
  const SteadyTime until = ports_.clock.steady_now() + kLongestTelling;
  for (const std::string& room : left) tell_changes(room, connection.connection_id, until);
}

/// Who has to stop ends his turn, and then tells once more: of those who asked in it. Who asks later has the next one.
/// A turn that fails is over too: the next who comes or departs tells of all.
void Crowd::tell_changes(const std::string& room, std::string_view teller, SteadyTime until) {
  const std::int64_t now = epoch_ms(ports_.clock.now());
  std::optional<std::int64_t> asked = ports_.rooms.ask_to_tell(room, teller, {now, now + kTellingLease.count()});
  if (!asked) return;
  try {
    while (asked && ports_.clock.steady_now() < until) {
      tell_once(room);
      asked = ports_.rooms.end_telling(room, teller, *asked);
    }
    if (!asked) return;
    stop_telling(room, teller);
  } catch (const std::exception& failure) {
    stop_telling_after(failure, room, teller);
    throw;
  }
  tell_once(room);
}

/// Nobody has asked more often than that.
void Crowd::stop_telling(const std::string& room, std::string_view teller) {
  if (ports_.rooms.end_telling(room, teller, std::numeric_limits<std::int64_t>::max()))
    throw Error(ErrorKind::kFailure,
                fmt::format("the turn to tell who has come to, or left, the room '{}' does not end", room));
}

/// The failure that brought us here is told with the one of this, if there is one.
void Crowd::stop_telling_after(const std::exception& failure, const std::string& room, std::string_view teller) {
  try {
    stop_telling(room, teller);
  } catch (const std::exception& second) {
    throw Error(ErrorKind::kFailure,
                fmt::format("{}; nor could the turn to tell be ended: {}", failure.what(), second.what()));
  }
}

/// Who has come and gone meanwhile is told of so, in this order.
void Crowd::tell_once(const std::string& room) {
  const Rooms::Census census = ports_.rooms.census(room);
  tell_arrived(room, census);
  tell_departed(room, census);
}

/// Nobody is told of a user of whose other connection the room has been told. They are taken first: who tells of them
/// when his turn is over, beside the next one, tells of nobody whom that one tells of. Of a user by several connections
/// tells who has taken the first.
void Crowd::tell_arrived(const std::string& room, const Rooms::Census& census) {
  if (census.arrived.empty()) return;
  const std::set<std::string> taken = ids_of(ports_.rooms.take_arrived(room, census.arrived));
  const std::set<std::string> untold = ids_of(census.arrived);
  std::set<std::string_view> known;
  for (const std::vector<Member>* some : {&census.members, &census.departed})
    for (const Member& member : *some)
      if (!untold.contains(member.connection_id)) known.insert(member.user_id);
  std::vector<Member> came;
  for (const Member& member : census.arrived)
    if (known.insert(member.user_id).second && taken.contains(member.connection_id)) came.push_back(member);
  for (const auto& who : in_frames(occupants(came))) welcome(room, who, census.members);
}

/// One who has come himself is told of the others of `who`: he may have asked for the list before they were on it.
void Crowd::welcome(const std::string& room, const std::vector<wire::Occupant>& who,
                    const std::vector<Member>& members) {
  std::set<std::string_view> users;
  for (const wire::Occupant& one : who) users.insert(one.user_id);
  std::vector<Member> rest;
  std::vector<Letter> letters;
  for (const Member& member : members) {
    if (!users.contains(member.user_id)) {
      rest.push_back(member);
      continue;
    }
    std::vector<wire::Occupant> others = who;
    std::erase_if(others, [&](const wire::Occupant& one) { return one.user_id == member.user_id; });
    if (!others.empty()) letters.push_back({member.connection_id, told(wire::Presence::Event::kJoin, room, others)});
  }
  announce(wire::Presence::Event::kJoin, room, who, rest, {});
  if (!letters.empty()) ports_.replies.post_each(letters);
}

void Crowd::tell_departed(const std::string& room, const Rooms::Census& census) {
  if (census.departed.empty()) return;
  std::vector<Member> gone = census.departed;
  std::erase_if(gone, [&](const Member& member) { return is_there(census.members, member.user_id); });
  for (const auto& who : in_frames(occupants(gone)))
    announce(wire::Presence::Event::kLeave, room, who, census.members, {});
  ports_.rooms.forget_departed(room, census.departed);
}

Posted Crowd::tell(const std::string& room, const std::vector<Member>& members, std::string_view frame,
                   std::string_view except) {
  Posted posted = post(members, frame, except);
  if (!posted.gone.empty()) forget(room, members, posted.gone);
  return posted;
}

Posted Crowd::post(const std::vector<Member>& members, std::string_view frame, std::string_view except) {
  std::vector<std::string> to;
  for (const Member& member : members)
    if (member.connection_id != except) to.push_back(member.connection_id);
  return to.empty() ? Posted() : ports_.replies.post_all(to, frame);
}

/// Who has come just now may be there soon. They are told of together, so that a message to a room of which many have
/// gone is still two passes.
void Crowd::forget(const std::string& room, const std::vector<Member>& members, const std::vector<std::string>& gone) {
  std::vector<Member> left;
  std::vector<Member> rest = members;
  for (const std::string& connection_id : gone) {
    const auto member = std::find_if(members.begin(), members.end(),
                                     [&](const Member& one) { return one.connection_id == connection_id; });
    leave_out(rest, connection_id);
    if (member == members.end() || left.size() == kMostForgotten || is_coming(connection_id)) continue;
    if (!room.empty() && ports_.rooms.leave(room, connection_id)) left.push_back(*member);
    ports_.connections.remove(connection_id);
  }
  std::erase_if(left, [&](const Member& member) { return is_there(rest, member.user_id); });
  if (!left.empty()) announce(wire::Presence::Event::kLeave, room, occupants(left), rest, {});
}

bool Crowd::is_coming(const std::string& connection_id) const {
  const auto connection = ports_.connections.find(connection_id);
  return connection && connection->connected_at_ms > epoch_ms(ports_.clock.now()) - kLongestHandshake.count();
}

/// Nobody's coming or going fails because somebody could not be told of it.
void Crowd::announce(wire::Presence::Event event, const std::string& room, const std::vector<wire::Occupant>& who,
                     const std::vector<Member>& to, std::string_view except) {
  post(to, told(event, room, who), except);
}

std::string Crowd::told(wire::Presence::Event event, const std::string& room,
                        const std::vector<wire::Occupant>& who) const {
  return encode(wire::Presence{event, room, who, static_cast<std::int64_t>(who.size()), epoch_ms(ports_.clock.now())});
}

Delivery RoomReplies::post(std::string_view connection_id, std::string_view frame, Repeat repeat) {
  const std::string_view room = room_of_chat(connection_id);
  if (room.empty()) return replies_.post(connection_id, frame, repeat);
  const std::vector<std::string>& members = members_of(room);
  const Posted posted = members.empty() ? Posted() : replies_.post_all(members, frame);
  // One who has gone leaves when the next of the people says something.
  for (const std::string& gone : posted.gone) std::erase(members_, gone);
  if (posted.sent > 0) return Delivery::kSent;
  if (posted.failure) std::rethrow_exception(posted.failure);
  return Delivery::kGone;
}

const std::vector<std::string>& RoomReplies::members_of(std::string_view room) {
  const SteadyTime now = clock_.steady_now();
  if (!asked_at_ || now - *asked_at_ > kMembersAge) {
    asked_at_ = now;
    members_.clear();
    for (Member& member : rooms_.members(room)) members_.push_back(std::move(member.connection_id));
  }
  return members_;
}

}  // namespace wsdeep::chat

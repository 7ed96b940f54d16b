#include "chat/room_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/chat_frames.h"

namespace wsdeep::chat {
namespace {

constexpr int kMostInPage = 100;
/// Cursors are ours; a longer one was made up.
constexpr std::size_t kLongestCursor = 256;

void check_is_in(const std::string& room, const std::string& user_id, Rooms& rooms) {
  if (room == kLobby) return;
  const std::vector<Member> members = rooms.members(room);
  if (std::none_of(members.begin(), members.end(), [&](const Member& member) { return member.user_id == user_id; }))
    throw RestRefusal{403, fmt::format("You are not in the room '{}'; join it first.", room), "", ""};
}

}  // namespace

std::string room_page(const RoomPageRequest& request, Rooms& rooms, Chats& chats, const Limits& limits,
                      const Clock& clock) {
  if (!limits.allow_rooms) throw RestRefusal{404, "Rooms are disabled", "", ""};
  const std::string room = request.room.empty() ? std::string(kLobby) : request.room;
  if (!is_room_name(room)) throw rest_invalid("'room' must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -");
  check_is_in(room, request.user_id, rooms);
  const std::string chat_id = chat_of_room(room);
  const auto read = [&](int count) {
    auto slice =
        request.before.size() > kLongestCursor ? std::nullopt : chats.read_back(chat_id, 0, request.before, count);
    if (!slice) throw rest_invalid("'before' is not a cursor of this room");
    std::reverse(slice->messages.begin(), slice->messages.end());
    return wire::HistoryPage{chat_id, std::move(slice->messages), std::move(slice->next), epoch_ms(clock.now())};
  };
  wire::HistoryPage page = read(std::clamp(request.limit, 1, kMostInPage));
  // As long as a frame: only the store makes the cursor of the rest.
  const std::size_t fitting = std::max<std::size_t>(1, wire::fitting_messages(page));
  if (fitting < page.messages.size()) page = read(static_cast<int>(fitting));
  return wire::encode(page);
}

}  // namespace wsdeep::chat

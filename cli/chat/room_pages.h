#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "chat/chat.h"
#include "chat/ports.h"
#include "chat/rest_chat.h"

namespace wsdeep::chat {

struct RoomPageRequest {
  std::string user_id;
  std::string room;    ///< empty: kLobby
  std::string before;  ///< cursor; empty: from the end
  int limit = 50;
};

/// Earlier messages of a room, for a user who is in it by one of his connections; everybody is in kLobby. The frame
/// that `history` answers with, its cursors included. Throws RestRefusal.
std::string room_page(const RoomPageRequest& request, Rooms& rooms, Chats& chats, const Limits& limits,
                      const Clock& clock);

}  // namespace wsdeep::chat

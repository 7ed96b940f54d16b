#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "chat/ports.h"
#include "wire/chat_frames.h"
#include "wire/generate_event.h"

/// What happens to a chat event. No JSON, no threads, no transports: ports come in, frames go out.
namespace wsdeep::chat {

struct Limits {
  std::size_t max_text_characters = 100'000;
  std::size_t max_history_characters = 96'000;    ///< what goes back to the model, whole turns, newest kept
  std::chrono::milliseconds coalesce_window{20};  ///< least time between two frames of one answer
  std::chrono::milliseconds first_text_timeout{60'000};
  std::chrono::milliseconds stall_timeout{30'000};  ///< between two pieces of text
  std::chrono::milliseconds heartbeat{500};
  /// In which a fleet without nodes, as one may be that nobody asked for long, has its first. 0: it never is without,
  /// and nobody waits for one.
  std::chrono::milliseconds node_start{0};
  std::chrono::seconds connection_ttl{3 * 3600};        ///< of a connection whose end is never told; none lives so long
  std::chrono::seconds chat_retention{14 * 24 * 3600};  ///< of a chat after its last use, of a message after its time
  bool allow_rooms = false;
  std::string system_prompt;  ///< empty: none
};

/// `$connect`: who, from where.
struct Arrival {
  std::string connection_id;
  std::string user_id;
  std::string user_email;
  std::string domain_name;
  std::string stage;
  std::string origin;
  std::optional<std::string> session_id;
  std::int64_t connected_at_ms = 0;
  std::string user_name{};  ///< how others see the user
};

/// What a session id, which becomes a chat id, must look like: 1..128 characters of [A-Za-z0-9_-].
bool is_chat_id(std::string_view text);

enum class ConnectVerdict { kAccepted, kBadSession, kForeignSession };

/// Who is told when somebody comes or goes.
struct RoomPorts {
  Connections& connections;
  Rooms& rooms;
  Replies& replies;
  const Clock& clock;
};

/// Stores the connection and opens the chat, or resumes the one that `session_id` names. A session id must be a chat id
/// (kBadSession), and new or the user's own (kForeignSession). Where there are rooms, everybody is in kLobby.
ConnectVerdict connect(const Arrival& arrival, RoomPorts ports, Chats& chats, const Limits& limits);

/// Leaves its rooms, and forgets the connection.
void disconnect(std::string_view connection_id, RoomPorts ports, const Limits& limits);

/// The room that everybody is in.
inline constexpr std::string_view kLobby = "lobby";
/// 1..64 characters of [A-Za-z0-9_-].
bool is_room_name(std::string_view text);
/// The chat in which a room's messages are kept: no chat id, so that no session is ever called so.
std::string chat_of_room(std::string_view room);
/// The room of such a chat; empty: it is another one.
std::string_view room_of_chat(std::string_view chat_id);

/// What one user may say in rooms.
inline constexpr int kMostRoomMessages = 30;
inline constexpr std::chrono::seconds kRoomWindow{10};

struct MessagePorts {
  Connections& connections;
  Rooms& rooms;
  Chats& chats;
  Replies& replies;
  Generations& generations;
  const Clock& clock;

  RoomPorts of_rooms() const { return {connections, rooms, replies, clock}; }
};

/// A frame of a connected client: validate → record → acknowledge → start the generation; or the answer to /clear,
/// new_conversation, history, cancel, ping, what is about rooms, or an unknown action. Every outcome is a frame to the
/// client; a port's failure becomes one error frame, `internal` (throttled: `rate_limited`), and its cause is returned
/// for the log; empty when nothing failed. It is thrown on only when the client could not be told: then API Gateway
/// tells it.
[[nodiscard]] std::string handle_frame(std::string_view connection_id, std::string_view body, MessagePorts ports,
                                       const Limits& limits);

struct GeneratePorts {
  Connections& connections;
  Rooms& rooms;
  Chats& chats;
  Replies& replies;
  Llm& llm;
  const Clock& clock;
};

/// What is left of the deadline for ending the turn in the tables and telling the client.
inline constexpr std::chrono::milliseconds kDeadlineMargin{1000};

/// How a generation ended, for the log.
struct GenerateReport {
  /// completed, undelivered (stored, and the client could not be told), duplicate, gone, lost (taken over by another
  /// run), or an error category.
  std::string outcome;
  std::string cause;  ///< of a failure
  std::int64_t ttft_ms = -1;
  std::int64_t duration_ms = 0;
  int frames = 0;       ///< chunks posted
  bool stored = false;  ///< the answer is in the history
  std::optional<Usage> usage;
  std::string node_id;
};

/// Runs one accepted turn: claim → history → stream → coalesced frames → end in the tables → completion frame. Ends by
/// itself kDeadlineMargin before `deadline`; stops the node on a gone client, a cancellation, the deadline or a stall.
/// A port that fails at the claim throws, so that the caller's retry may find it working; every later failure ends the
/// turn, is told to the client and is in the report.
GenerateReport generate(const wire::GenerateEvent& event, GeneratePorts ports, const Limits& limits,
                        SteadyTime deadline);

}  // namespace wsdeep::chat

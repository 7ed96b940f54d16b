#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/llm.h"

/// The frames of contract §1: WebSocket text messages, JSON objects.
namespace wsdeep::wire {

// ---- client → server ----

/// `{"action":"message","data":{"message":…}}`. The text is as it came: rules are applied by `chat`.
struct MessageFrame {
  std::string text;
  GenerationParameters parameters;  ///< types checked, ranges not
  std::optional<std::string> chat_id;
  std::optional<std::string> sender;
  /// Made by the client and taken as the turn's id, so that asking again is still one turn; 1..64 characters of
  /// [A-Za-z0-9_-], checked by `chat`. Clients of before leave it out.
  std::optional<std::string> message_id;
  /// The client reads a chunk's `reasoning`. Clients of before leave it out, and get reasoning as part of the text,
  /// between `<think>` and `</think>`.
  bool separate_reasoning = false;
  /// The client wants to know when each token came: a chunk's `tokenOffsetsMs`.
  bool timings = false;
};
/// `{"action":"message","data":{"content":…,"recipient":…,"room":…}}`, a message to other people.
struct RoomFrame {
  std::string content;
  std::string recipient;  ///< `all` of the room, a user id or a connection id
  std::string room;       ///< empty: the one that everybody is in
  std::optional<std::string> message_id;
};
/// `{"action":"join","data":{"room":…}}`: from now on the room's messages come to this connection.
struct JoinFrame {
  std::string room;
};
/// `{"action":"leave","data":{"room":…}}`
struct LeaveFrame {
  std::string room;
};
/// `{"action":"who","data":{"room":…}}`, answered by a Presence that lists who is there.
struct WhoFrame {
  std::string room;
};
struct NewConversationFrame {};
struct HistoryFrame {
  int limit = 50;  ///< as asked for; 1..100 after `chat` clamped it
  std::optional<std::string> before;
  std::optional<std::string> room{};  ///< the history of a room instead of the chat's
};
struct CancelFrame {
  std::optional<std::string> message_id;
  std::optional<std::string> room{};  ///< the answer that is given to a room
};
/// `{"action":"ping"}` or `{"type":"ping"}`.
struct PingFrame {};
/// Whatever takes `$default`. `received_action` is empty when the frame has none; `cause` says what is wrong with a
/// frame that is not a JSON object, and is empty for a well-formed frame with an unknown action.
struct UnknownFrame {
  std::string received_action;
  std::string cause;
};

using ClientFrame = std::variant<MessageFrame, RoomFrame, JoinFrame, LeaveFrame, WhoFrame, NewConversationFrame,
                                 HistoryFrame, CancelFrame, PingFrame, UnknownFrame>;

/// A frame whose action is known and whose content is not what the contract says. `what()` is for the sender.
struct FrameError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws FrameError for a missing `data`, a wrong type, or parameters of a wrong type (both spellings of each name
/// are accepted, camelCase counts when both are there; unknown names are ignored). A frame that is not a JSON object
/// (malformed UTF-8 and hostile nesting included) is an UnknownFrame, not an error.
ClientFrame parse_client_frame(std::string_view body);
/// What a frame has as `action`; empty: an unknown one.
std::string_view action_name(const ClientFrame& frame);

/// The frames that our own clients send.
std::string encode(const MessageFrame& frame);
std::string encode(const RoomFrame& frame);
std::string encode(const JoinFrame& frame);
std::string encode(const LeaveFrame& frame);
std::string encode(const WhoFrame& frame);
std::string encode(const NewConversationFrame& frame);
std::string encode(const HistoryFrame& frame);
std::string encode(const CancelFrame& frame);
std::string encode(const PingFrame& frame);

// ---- server → client ----

/// `action: message_received`
struct Accepted {
  std::string message_id;
  std::string chat_id;
  std::int64_t timestamp_ms = 0;
  std::vector<std::string> adjusted;  ///< `temperature: 9 → 2`, one for each clamped parameter
  bool resumed = false;               ///< the message was known: what the client has not yet seen of the answer follows
  /// The message was known, and its answer begins again at seq 0. Also in mid-answer, when a node that goes has handed
  /// it over, to clients that read `reasoning`: what they saw of it is void.
  bool restarted = false;
  /// What the answer waits for, in words for a person: no receipt, but a sign of life; said again and again. Clients of
  /// before, which have had their receipt, pass over it.
  std::string waiting{};
};
/// `action: llm_response_chunk`
struct Chunk {
  std::string text;
  std::string message_id;
  std::int64_t seq = 0;
  bool is_complete = false;
  std::int64_t timestamp_ms = 0;
  /// What the model thought before `text`; there, also when it is empty, in every chunk for a client that asked for it.
  std::optional<std::string> reasoning{};
  bool text_was_reasoning = false;  ///< the text of all chunks before this one was
  /// That this chunk is made of, those without text included; nothing: the node did not say.
  std::optional<std::int64_t> tokens{};
  /// `tokenOffsetsMs`: when each of them was generated, in µs since the node had the request; empty unless asked for.
  std::vector<std::uint32_t> token_offsets_us{};
  /// `nodeId`, `nodeArrivalUs` and `nodeQueueUs`, of the call whose first text this is; unless asked for: nothing.
  std::optional<NodeArrival> arrival{};
};
/// `message: LLM response complete`
struct Completion {
  std::string text;  ///< left out, with truncated:true, when the frame would pass kMaxMessageBytes
  std::string sender = "assistant";
  std::string message_id;
  std::string chat_id;
  std::string finish_reason;
  std::optional<Usage> usage;  ///< nothing: unknown; the frame's `usage` is empty then
  std::int64_t ttft_ms = 0;
  std::int64_t duration_ms = 0;
  std::int64_t timestamp_ms = 0;
  bool truncated = false;  ///< set by the parser; the encoder decides by size
  bool stored = true;      ///< false when the answer could not be written to the history
  /// For a client that asked for it; left out, as the text is, when the frame would be too long.
  std::optional<std::string> reasoning{};
};
/// An error for a person: `title` such as `Invalid input`, `category` one of contract §1's codes. `chat_expired` is the
/// answer when nothing of the chat is kept any more: new_conversation begins another one.
struct ErrorFrame {
  std::string title;
  std::string text;
  std::string category;
  std::string message_id;  ///< the turn it ends, or empty
  std::int64_t timestamp_ms = 0;
  std::optional<std::int64_t> retry_after_ms{};  ///< when it is worth while to ask again; nothing: nobody knows
  /// Without a message_id: the `action` of the frame that it answers; empty: an older server, or nobody knows.
  std::string received_action{};
};
/// `message: New conversation started`, `Chat history cleared`, `Message sent` …
struct Notice {
  std::string title;
  std::string text;
  std::string chat_id;
  std::int64_t timestamp_ms = 0;
};
struct StoredMessage {
  std::string role;
  std::string content;
  std::string message_id;
  std::int64_t timestamp_ms = 0;
  bool truncated = false;  ///< the content alone would pass a message's limit, and was cut by the encoder
  bool partial = false;    ///< what there was of an answer that did not come to its end
  std::string sender{};    ///< of a room's message: the user's id; empty: not a room's, or the model's
  std::string sender_name{};

  bool operator==(const StoredMessage&) const = default;
};
/// `action: history`: a page of messages, oldest first.
struct HistoryPage {
  std::string chat_id;
  std::vector<StoredMessage> messages;
  std::string before;  ///< pass it back to get the page before this one; empty at the beginning of the chat
  std::int64_t timestamp_ms = 0;
};
struct Pong {
  std::int64_t timestamp_ms = 0;
};
/// `message: Unknown action type. Please send a valid action.`; a `cause` is carried as an `invalid_message` error.
struct UnknownAction {
  std::string received_action;
  std::string cause;
  std::int64_t timestamp_ms = 0;
};
/// Another client's message.
struct RoomMessage {
  std::string content;
  std::string sender;  ///< the user's id, by the token
  std::string recipient;
  std::string message_id;
  std::int64_t timestamp_ms = 0;
  std::string sender_name{};  ///< by the token
  std::string room{};         ///< empty: to this user alone
};
/// One who is in a room, whatever number of connections they are there by.
struct Occupant {
  std::string user_id;
  std::string name;

  bool operator==(const Occupant&) const = default;
};
/// `action: presence`: somebody came or went, or who is there.
struct Presence {
  enum class Event { kJoin, kLeave, kList };
  Event event = Event::kJoin;
  std::string room;
  std::vector<Occupant> members;  ///< who came or went; or who is there, of which the encoder keeps what fits a frame
  std::int64_t count = 0;         ///< kList: how many are there, also those beyond a frame
  std::int64_t timestamp_ms = 0;
};
/// What API Gateway itself answers: `{"message": "Forbidden", "connectionId":…, "requestId":…}`.
struct GatewayNotice {
  std::string message;
  std::string connection_id;
  std::string request_id;
};

/// API Gateway's limits on one WebSocket message and on one frame of it.
inline constexpr std::size_t kMaxMessageBytes = 128 * 1024;
inline constexpr std::size_t kMaxFrameBytes = 32 * 1024;

std::string encode(const Accepted& frame);
std::string encode(const Chunk& frame);
std::string encode(const Completion& frame);
std::string encode(const ErrorFrame& frame);
std::string encode(const Notice& frame);
/// Leaves out the oldest messages until the frame fits kMaxMessageBytes. Only the store knows the cursor of the rest:
/// ask fitting_messages() first, and read so many. The newest message is always there, cut when it must be.
std::string encode(const HistoryPage& frame);
std::string encode(const Pong& frame);
std::string encode(const UnknownAction& frame);
std::string encode(const RoomMessage& frame);
std::string encode(const Presence& frame);
std::string encode(const GatewayNotice& frame);

/// How many of the page's newest messages fit into one frame whole; 0 when even the newest must be cut.
std::size_t fitting_messages(const HistoryPage& page);
/// How many offsets one Chunk frame carries, beside its text.
inline constexpr std::size_t kMaxChunkOffsets = 2048;
/// How many bytes of `text`, whole code points, fit into one Chunk frame, beside so many offsets, however they must be
/// escaped. Not 0 for a text that is not empty.
std::size_t fitting_chunk_text(std::string_view text, std::size_t offsets = 0);

using ServerFrame = std::variant<Accepted, Chunk, Completion, ErrorFrame, Notice, HistoryPage, Pong, UnknownAction,
                                 RoomMessage, Presence, GatewayNotice>;

/// What a client reads. Throws FrameError for a frame that is none of the above.
ServerFrame parse_server_frame(std::string_view body);

}  // namespace wsdeep::wire

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

enum class Plane : std::uint8_t { kChat, kLlm };  ///< the front door (wss), and the nodes (gRPC)

/// How an attempt ended. Whether one that completed was good or slow is said by the levels.
enum class TurnEnd : std::uint8_t {
  kCompleted,   ///< whole: with its terminal frame, or OK trailers
  kRefused,     ///< told that there is no room: 429, 503, RESOURCE_EXHAUSTED, a refused connection's status
  kFailed,      ///< any other error before a text came
  kTruncated,   ///< text came, and then an error or nothing more
  kCancelled,   ///< by us, as planned
  kUnfinished,  ///< still under way when the run ended: its age is a lower bound
};

/// The reason of a turn that was sent and is unfinished.
inline constexpr const char* kStillRunning = "still running";

/// Where the counts of tokens come from (never mixed in one figure).
enum class TokenCount : std::uint8_t { kNone, kUsage, kNode, kEstimated };

/// A frame or message that brought text.
struct Piece {
  Micros at = 0;
  std::uint32_t tokens = 0;  ///< 0: the node does not say
  std::uint32_t bytes = 0;
};

/// One attempt, from its intended instant to its end. Instants are on the run's clock; kNever: it did not come.
/// `first` and `answer` are those of loadtest's definitions: any text, and text that is not reasoning.
struct TurnRecord {
  std::uint64_t index = 0;
  Plane plane = Plane::kLlm;
  int stage = 0;
  std::uint64_t conversation = 0;
  int turn = 0;  ///< of the conversation, from 0

  Micros intended = 0;
  Micros send = kNever;
  Micros ack = kNever;  ///< chat only
  Micros first = kNever;
  Micros answer = kNever;
  Micros last = kNever;
  Micros end = kNever;

  TurnEnd how = TurnEnd::kUnfinished;
  std::string
      reason{};  ///< when not completed: one word or two for the table, such as `overloaded`, `http 503`, `close 1006`
  std::string detail{};  ///< for the records: what the peer said; without secrets or texts
  std::string node{};    ///< empty: nobody said
  bool moved = false;    ///< the turn before was answered by another node

  TokenCount counted_by = TokenCount::kNone;
  std::int64_t output_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::optional<std::int64_t> prompt_tokens{};
  std::optional<std::int64_t> cached_prompt_tokens{};
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint32_t messages_sent = 0;      ///< chat: frames of ours that belong to the turn
  std::uint32_t messages_received = 0;  ///< chat: frames, of whatever kind; llm: responses
  std::uint32_t billed_messages = 0;    ///< chat: both ways, in units of 32 KB as API Gateway counts them

  // Integrity of the stream, where pieces are numbered.
  std::uint32_t gaps = 0;
  std::uint32_t repeats = 0;
  std::uint32_t disorders = 0;
  std::uint32_t restarts = 0;  ///< the answer began anew (another node took it up)

  // The node's own times, where it was asked for them.
  std::optional<Micros> queue_us{};
  std::optional<Micros> prefill_us{};
  std::optional<Micros> arrived_at{};             ///< the call arrived there: on the node's clock
  std::vector<std::uint32_t> token_offsets_us{};  ///< since then, one for each token

  Micros cancelled_at = kNever;
  Micros slot_free_at = kNever;  ///< after a cancel
  std::uint32_t wasted_tokens = 0;

  std::vector<Piece> pieces{};  ///< those with text, in order
};

/// One connection that was opened, or could not be.
struct ConnectionRecord {
  std::uint64_t session = 0;
  Micros intended = 0;
  Micros begin = kNever;
  Micros resolved = kNever;   ///< name
  Micros connected = kNever;  ///< TCP
  Micros secured = kNever;    ///< TLS; kNever where there is none
  Micros opened = kNever;     ///< 101: authoriser and $connect inside
  Micros closed = kNever;
  int status = 0;      ///< of a refused handshake
  int close_code = 0;  ///< 0: it is open still, or never was
  bool closed_by_peer = false;
  bool again = false;    ///< after a loss
  bool resumed = false;  ///< it took up the chat of the connection before
  std::string reason{};
  std::uint32_t other_messages = 0;  ///< chat: billed as `billed_messages` are, of frames that belong to no turn
  Micros sign_in_us = kNever;        ///< how long the sign-in took, which no other figure holds
};

/// Who is told of what happened. Called from any thread, each record once, when nothing of it will change.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void on_turn(TurnRecord record) = 0;
  virtual void on_connection(const ConnectionRecord& record) = 0;
};

}  // namespace wsdeep::load

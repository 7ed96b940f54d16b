#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "wire/chat_frames.h"
#include "wire/llm.h"

/// What the chat rules need from the world. The adapters stand in `handlers`, fakes in `tests/support`.
/// An exception from a port means that the service behind it failed, after the adapter's retries.
namespace wsdeep::chat {

/// Thrown by a port whose service throttled the call beyond the adapter's retries.
struct Throttled : Error {
  explicit Throttled(const std::string& message) : Error(ErrorKind::kFailure, message) {}
};

struct Connection {
  std::string connection_id;
  std::string user_id;
  std::string user_email;
  std::string domain_name;
  std::string stage;
  std::string origin;
  std::string chat_id;
  std::int64_t connected_at_ms = 0;
  std::int64_t ttl = 0;  ///< epoch seconds

  bool operator==(const Connection&) const = default;
};

/// The connections table (contract §5).
class Connections {
 public:
  virtual ~Connections() = default;
  virtual void put(const Connection& connection) = 0;
  virtual std::optional<Connection> find(std::string_view connection_id) = 0;
  virtual void set_chat(std::string_view connection_id, std::string_view chat_id) = 0;
  virtual void remove(std::string_view connection_id) = 0;
  virtual std::vector<Connection> of_user(std::string_view user_id) = 0;
  virtual std::vector<Connection> all() = 0;
};

struct Chat {
  std::string chat_id;
  std::string user_id;
  std::string title;
  std::string sticky_cookie;
  std::int64_t history_from_ms = 0;  ///< turns accepted before this are cleared
};

/// One turn's place in the history: turns sort by when they were accepted, then by id.
struct TurnKey {
  std::string chat_id;
  std::string message_id;
  std::int64_t accepted_at_ms = 0;
};

/// Whether a generation may start.
enum class Claim {
  kMine,       ///< yes: nobody ran it before
  kDuplicate,  ///< no: it is running elsewhere, or it has ended
  kAbandoned,  ///< no: a run of it died; the caller now holds it and should end it with an error
};

/// The chats table (contract §5). Every write is conditional and appends; no turn rewrites another.
class Chats {
 public:
  virtual ~Chats() = default;
  /// Makes the chat unless it exists; returns it as it is then (look at `user_id`: it may be somebody else's).
  virtual Chat open(std::string_view chat_id, std::string_view user_id) = 0;
  virtual std::optional<Chat> find(std::string_view chat_id) = 0;
  /// Forgets the turns accepted before `from_ms`.
  virtual void clear(std::string_view chat_id, std::int64_t from_ms) = 0;

  /// Takes the chat's one generation for this turn; false when another turn holds it and is alive. A holder whose
  /// heartbeat (or start) is older than the port's expiry is taken over. `title` is set when the chat has none.
  virtual bool begin_turn(const TurnKey& turn, std::string_view title) = 0;
  /// Appends the question, or the answer, of a turn. Appending the same one twice changes nothing.
  virtual void append(const TurnKey& turn, const ChatMessage& message) = 0;
  /// Once per messageId: the first caller gets kMine.
  virtual Claim claim(const TurnKey& turn) = 0;
  /// Says that the turn is alive; returns whether its cancellation was asked for. False after somebody took it over
  /// (`lost`).
  struct Pulse {
    bool cancel_requested = false;
    bool lost = false;
  };
  virtual Pulse heartbeat(const TurnKey& turn) = 0;
  /// Releases the generation, if this turn holds it, and keeps the cookie for the chat's next turn; an empty one
  /// leaves the cookie that was kept before.
  virtual void end_turn(const TurnKey& turn, std::string_view sticky_cookie) = 0;
  /// Asks the running generation to stop; nothing when none runs (or not that one), else its messageId.
  virtual std::optional<std::string> request_cancel(std::string_view chat_id,
                                                    const std::optional<std::string>& message_id) = 0;

  /// Stored messages of the chat, newest first, from before `before` (a HistoryPage's cursor; empty: from the end),
  /// no older than `history_from_ms`. At most `limit` messages; `before` of the next page, or empty, in `next`.
  struct Slice {
    std::vector<wire::StoredMessage> messages;
    std::string next;
  };
  virtual Slice read_back(std::string_view chat_id, std::int64_t history_from_ms, std::string_view before,
                          int limit) = 0;
};

enum class Delivery { kSent, kGone };

/// Messages to clients. A message for a connection that is gone is not an error.
class Replies {
 public:
  virtual ~Replies() = default;
  virtual Delivery post(std::string_view connection_id, std::string_view frame) = 0;
};

/// Starts `generate` for a turn, asynchronously.
class Generations {
 public:
  virtual ~Generations() = default;
  virtual void start(const TurnKey& turn, std::string_view connection_id, std::string_view user_id,
                     const GenerationParameters& parameters) = 0;
};

/// How an LLM stream failed, in the contract's categories.
struct LlmFailure {
  std::string category;  ///< llm_unavailable, llm_overloaded, llm_timeout, cancelled, internal
  std::string cause;     ///< for the log
};

/// A stream that is being read. Destroying it cancels the generation at the node.
class LlmReader {
 public:
  virtual ~LlmReader() = default;
  enum class State { kText, kWaiting, kEnded, kFailed };
  struct Event {
    State state = State::kWaiting;
    std::string text;    ///< kText: everything that has arrived since the last call, in order, never empty
    LlmResult result;    ///< kEnded
    LlmFailure failure;  ///< kFailed
  };
  /// Waits until something has arrived, at most until `until` (then kWaiting).
  virtual Event next(SteadyTime until) = 0;
};

class Llm {
 public:
  virtual ~Llm() = default;
  virtual std::unique_ptr<LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) = 0;
};

}  // namespace wsdeep::chat

#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
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
  std::int64_t ttl = 0;              ///< epoch seconds
  std::string user_name{};           ///< how others see the user
  std::vector<std::string> rooms{};  ///< that it is in

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
};

/// A connection in a room.
struct Member {
  std::string connection_id;
  std::string user_id;
  std::string name;
  std::int64_t ttl = 0;  ///< epoch seconds

  bool operator==(const Member&) const = default;
};

/// How many rooms one connection may be in.
inline constexpr std::size_t kMostRooms = 16;

/// Who is in which room. Nobody's leaving need be told: a member that is gone is found when something is posted to it.
class Rooms {
 public:
  virtual ~Rooms() = default;
  enum class Joined {
    kNew,
    kThere,         ///< it was in already
    kTooMany,       ///< no: it is in kMostRooms
    kNoConnection,  ///< no: the connection has ended
  };
  /// Who is new is a member from now on, noted as one of whose coming nobody has been told, until `take_arrived`.
  virtual Joined join(std::string_view room, const Member& member) = 0;
  /// False when it was not in.
  virtual bool leave(std::string_view room, std::string_view connection_id) = 0;
  virtual std::vector<Member> members(std::string_view room) = 0;

  // Of those who come, and of those whose connection ends, the others are told together, however many they are at once:
  // each joins or departs, and asks for the turn to tell; who has it tells of all who have arrived or departed, and
  // goes on until nobody has asked meanwhile.
  /// Is no member from now on, but noted as one who has departed, until `forget_departed`. False when it was not in.
  virtual bool depart(std::string_view room, std::string_view connection_id) = 0;
  struct Census {
    std::vector<Member> members;
    std::vector<Member> departed;
    std::vector<Member> arrived;  ///< those of both of whose coming nobody has been told
  };
  virtual Census census(std::string_view room) = 0;
  /// Those of `arrived` whom nobody else has taken: it is the caller who tells of them.
  virtual std::vector<Member> take_arrived(std::string_view room, const std::vector<Member>& arrived) = 0;
  virtual void forget_departed(std::string_view room, const std::vector<Member>& departed) = 0;
  /// How many have asked, when the turn is `teller`'s; nothing when it is somebody else's. It is his until he ends it,
  /// at the latest until `lease.until_ms`.
  struct Lease {
    std::int64_t now_ms = 0;
    std::int64_t until_ms = 0;
  };
  virtual std::optional<std::int64_t> ask_to_tell(std::string_view room, std::string_view teller,
                                                  const Lease& lease) = 0;
  /// Ends the turn, unless more than `asked` have asked: how many then. Nothing when it is over.
  virtual std::optional<std::int64_t> end_telling(std::string_view room, std::string_view teller,
                                                  std::int64_t asked) = 0;

  /// Takes one of the `most` messages that the user may say in the window that begins at `window_ms` and is kept until
  /// `ttl`; false when there is none left.
  virtual bool take_message(std::string_view user_id, std::int64_t window_ms, int most, std::int64_t ttl) = 0;
};

struct Chat {
  std::string chat_id;
  std::string user_id;
  std::string title;
  std::string sticky_cookie;
  std::int64_t history_from_ms = 0;  ///< turns accepted before this are cleared
  std::string connection_id;         ///< where the client of the newest turn is; empty before the first one
};

/// One turn's place in the history: turns sort by when they were accepted, then by id.
struct TurnKey {
  std::string chat_id;
  std::string message_id;
  std::int64_t accepted_at_ms = 0;
};

/// A turn that gives no sign of life for so long has died: the chat is free for another one.
inline constexpr std::chrono::milliseconds kTurnExpiry{30'000};

/// Lambda runs an asynchronous invocation again, under the same id, when the run before has failed: so much silence is
/// enough then to know that it died. (It delivers an event twice too, now and then: such a run is not silent.)
inline constexpr std::chrono::milliseconds kRetriedRunExpiry{5'000};

/// How a turn ended.
struct Ending {
  std::string outcome;  ///< completed, gone (its client was, before the answer was whole), or an error category
  std::string finish_reason;
  std::optional<Usage> usage;
};

/// A turn that a chat has had before.
struct KnownTurn {
  enum class State {
    kWaiting,  ///< accepted, and no run of it has begun yet
    kRunning,
    kEnded,
    kDied,  ///< accepted and never ended, and nobody is at it
  };
  State state = State::kWaiting;
  std::int64_t accepted_at_ms = 0;
  Ending ending;           ///< kEnded
  bool restarted = false;  ///< it began anew once: what a client saw of it before is void
};

/// Whether a turn got hold of its chat.
struct Admission {
  enum class Verdict {
    kAccepted,
    kBusy,    ///< no: another turn holds the chat and is alive
    kNoChat,  ///< no: the chat is not there (any more)
    kKnown,   ///< no: the chat has had this turn before
  };
  Verdict verdict = Verdict::kAccepted;
  KnownTurn known;  ///< kKnown
};

/// What a new turn brings.
struct Question {
  std::string text;
  std::string title;  ///< of the chat, when it has none
  std::string connection_id;
  std::string sender{};  ///< in a room: who asks
  std::string sender_name{};
};

/// Whether a generation may start.
struct Claim {
  enum class State {
    kMine,        ///< yes: nobody ran it before
    kDuplicate,   ///< no: it is running elsewhere, or it has ended
    kAbandoned,   ///< no: a run of it died; the caller now holds it and should end it with an error
    kSuperseded,  ///< no: another turn took the chat before this one was claimed, and nobody has ended this one
    kNoChat,      ///< no: the chat is not there (any more)
  };
  State state = State::kMine;
  Chat chat;  ///< as it is now, unless kNoChat
};

/// The end of a turn, as its run sees it.
struct TurnEnd {
  Ending ending;
  std::string connection_id;          ///< where the run thinks that the client is
  std::optional<std::string> answer;  ///< what to keep in the history, in place of what an earlier run left there
  bool partial = false;               ///< the answer is not whole
  std::string sticky_cookie;          ///< for the chat's next turn; empty: the one that was kept before stays
};

/// What came of it. A turn is ended by one only, and never while its client waits on a connection that its run does not
/// know of.
struct Ended {
  enum class Verdict {
    kEnded,
    kMoved,      ///< not yet: the client is at `connection_id` now
    kElsewhere,  ///< no: another run of this turn holds it, or has ended it
    kNoChat,     ///< nothing to end it in
  };
  Verdict verdict = Verdict::kEnded;
  std::string connection_id;
};

/// The chats table (contract §5). Every write is conditional and appends; no turn rewrites another. Each may be asked
/// for twice, when its first answer was lost.
class Chats {
 public:
  virtual ~Chats() = default;
  /// Makes the chat unless it exists, and prolongs how long it is kept; returns it as it is then (look at `user_id`: it
  /// may be somebody else's).
  virtual Chat open(std::string_view chat_id, std::string_view user_id) = 0;
  virtual std::optional<Chat> find(std::string_view chat_id) = 0;
  /// Forgets the turns accepted before `from_ms`; false when there is no such chat.
  virtual bool clear(std::string_view chat_id, std::int64_t from_ms) = 0;

  /// Stores the question and takes the chat's one generation for it, both or neither. A holder without a sign of life
  /// for kTurnExpiry is taken over.
  virtual Admission accept(const TurnKey& turn, const Question& question) = 0;
  /// The same for a turn that ended as `gone`, or died, whose question is stored.
  virtual Admission restart(const TurnKey& turn, std::string_view connection_id) = 0;
  virtual std::optional<KnownTurn> look_up(std::string_view chat_id, std::string_view message_id) = 0;
  /// Says where the client of a living turn is now; false when the turn does not live (any more).
  virtual bool move(const TurnKey& turn, std::string_view connection_id) = 0;
  /// The answer in the history, if there is one.
  virtual std::optional<std::string> answer_of(const TurnKey& turn) = 0;

  /// Keeps what was said in a room; sent again under its id it is kept once.
  virtual void keep(const TurnKey& said, const Question& question) = 0;

  /// Once per messageId: the first caller gets kMine.
  virtual Claim claim(const TurnKey& turn) = 0;
  /// Says that the turn is alive.
  struct Pulse {
    bool cancel_requested = false;
    bool lost = false;          ///< somebody took the turn over
    std::string connection_id;  ///< where the client is now
  };
  virtual Pulse heartbeat(const TurnKey& turn) = 0;
  /// Releases the generation and keeps the answer, both or neither. A turn that lost the generation to another one is
  /// still ended, if nobody has.
  virtual Ended end_turn(const TurnKey& turn, const TurnEnd& end) = 0;
  /// Asks the running generation to stop; nothing when none runs (or not that one), else its messageId.
  virtual std::optional<std::string> request_cancel(std::string_view chat_id,
                                                    const std::optional<std::string>& message_id) = 0;

  /// Stored messages of the chat, newest first, from before `before` (a HistoryPage's cursor; empty: from the end),
  /// no older than `history_from_ms`. At most `limit` messages; `before` of the next page, or empty, in `next`.
  /// Nothing for a cursor that is not one, or leads to before `history_from_ms`.
  struct Slice {
    std::vector<wire::StoredMessage> messages;
    std::string next;
  };
  virtual std::optional<Slice> read_back(std::string_view chat_id, std::int64_t history_from_ms,
                                         std::string_view before, int limit) = 0;
};

enum class Delivery { kSent, kGone };

/// Whether a frame may arrive twice, when nobody knows whether it arrived: a client knows a frame of a turn again by
/// messageId and seq, the others it would show twice.
enum class Repeat { kHarmless, kVisible };

/// What became of a message to many.
struct Posted {
  int sent = 0;
  std::vector<std::string> gone;
  std::exception_ptr failure;  ///< the first one; null: all the others got it
};

/// A frame to one of many.
struct Letter {
  std::string connection_id;
  std::string frame;
};

/// Messages to clients. A message for a connection that is gone is not an error.
class Replies {
 public:
  virtual ~Replies() = default;
  virtual Delivery post(std::string_view connection_id, std::string_view frame, Repeat repeat) = 0;
  /// The same to each, many at a time: one that is slow or fails keeps it from nobody else.
  virtual Posted post_all(const std::vector<std::string>& connection_ids, std::string_view frame) = 0;
  /// To each its own, as many at a time.
  virtual Posted post_each(const std::vector<Letter>& letters) = 0;
};

/// What a question says about its answer.
struct Generating {
  GenerationParameters parameters;
  bool separate_reasoning = false;  ///< its client reads a chunk's `reasoning`
  bool timings = false;             ///< … and its `tokenOffsetsMs`
};

/// Starts `generate` for a turn, asynchronously.
class Generations {
 public:
  virtual ~Generations() = default;
  virtual void start(const TurnKey& turn, std::string_view connection_id, std::string_view user_id,
                     const Generating& how) = 0;
};

/// How an LLM stream failed, in the contract's categories.
struct LlmFailure {
  std::string category;  ///< llm_unavailable, llm_overloaded, llm_timeout, invalid_input, cancelled, internal
  std::string cause;     ///< for the log
  std::string words{};   ///< the engine's own, for the client; or empty
  std::optional<std::chrono::milliseconds> retry_after{};  ///< who asks again sooner asks in vain
  bool handed_over = false;  ///< in mid-stream, by a node that goes: begun again, it is answered by another one
};

/// A stream that is being read. Destroying it cancels the generation at the node.
class LlmReader {
 public:
  virtual ~LlmReader() = default;
  enum class State { kText, kWaiting, kNoNode, kEnded, kFailed };
  struct Event {
    State state = State::kWaiting;
    std::vector<LlmChunk> chunks;  ///< kText: all that has arrived since the last call, in order, never empty
    LlmResult result;              ///< kEnded
    LlmFailure failure;            ///< kFailed; of kNoNode, why this try came to nothing
  };
  /// Waits until something has arrived, at most until `until` (then kWaiting). kNoNode: there was no node to take the
  /// call; it is tried again, and kNoNode said again, until one takes it or the reader goes.
  virtual Event next(SteadyTime until) = 0;
};

class Llm {
 public:
  virtual ~Llm() = default;
  virtual std::unique_ptr<LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) = 0;
};

}  // namespace wsdeep::chat

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "chat/ports.h"

/// What the rules of REST chat need from the world, beside the model.
namespace wsdeep::chat {

/// How long a turn has the chat without a sign of life.
inline constexpr std::chrono::milliseconds kRestLease{30'000};
/// How often it gives one, and is told to its listener when it has nothing else to tell.
inline constexpr std::chrono::milliseconds kRestPulse{5'000};

inline constexpr std::chrono::milliseconds kRestLook{500};

/// A message as REST chat has it.
struct RestMessage {
  std::string role;  ///< `user` or `assistant`
  std::string content;
  bool partial = false;  ///< what there was of an answer that did not come to its end

  bool operator==(const RestMessage&) const = default;
};

/// A chat is one item, which holds all of its messages.
struct RestChat {
  std::string id;
  std::string user_id;
  std::string title;
  std::string created_at;  ///< `2024-01-01T12:00:00Z`
  std::string updated_at;
  std::vector<RestMessage> messages;
  std::string sticky_cookie;       ///< for its next turn
  std::string turn_id;             ///< of the turn that has the chat; empty: none
  std::int64_t turn_until_ms = 0;  ///< until when it has, unless it says again that it is alive
  std::int64_t version = 0;        ///< another one with every turn that begins

  bool operator==(const RestChat&) const = default;
};

/// How a turn ends: what is added to the chat with it.
struct RestEnd {
  std::optional<RestMessage> answer;
  std::string sticky_cookie;  ///< empty: the one of before stays
  std::string updated_at;
};

/// The table of chats. Every write is conditional; each may be asked for twice, when its first answer was lost. Nobody
/// is told of a chat whose user is another one: it is not there.
class RestChats {
 public:
  virtual ~RestChats() = default;
  virtual std::optional<RestChat> find(std::string_view id, std::string_view user_id) = 0;
  /// A new chat with its first question, held by its first turn. False when the id is taken.
  virtual bool create(const RestChat& chat) = 0;
  enum class Taken {
    kTaken,
    kBusy,     ///< no: another turn has the chat, and is alive
    kChanged,  ///< no: it is not as `seen` any more
    kNoChat,
  };
  /// Adds the question to the chat as it was seen, and holds it for the turn, both or neither.
  virtual Taken take(const RestChat& seen, const RestChat& with_turn) = 0;
  /// False when the turn has lost the chat.
  virtual bool renew(const RestChat& chat, std::int64_t until_ms) = 0;
  /// Lets go of the chat and adds the answer, both or neither. False when the turn has lost the chat.
  virtual bool finish(const RestChat& chat, const RestEnd& end) = 0;
  /// Chats of a user without their messages, those that were used last first; `next` is the cursor of the next page, or
  /// empty. Nothing for a cursor that is none.
  struct Page {
    std::vector<RestChat> chats;
    std::string next;
  };
  virtual std::optional<Page> list(std::string_view user_id, int limit, std::string_view before) = 0;
  /// False when there was none.
  virtual bool remove(std::string_view id, std::string_view user_id) = 0;
};

/// Hears an answer while it comes. Each returns false when nobody listens any more: then the model is stopped.
class RestListener {
 public:
  virtual ~RestListener() = default;
  /// The turn has its chat.
  virtual bool begun(const RestChat& chat) = 0;
  virtual bool text(std::string_view piece, bool reasoning) = 0;
  /// All that was told as the answer was reasoning.
  virtual bool was_reasoning() = 0;
  /// The node went, and the answer begins anew on another one: what was told is void.
  virtual bool begun_anew() = 0;
  /// Nothing new: told every kRestPulse.
  virtual bool alive() = 0;
  /// Asked every kRestLook, and told nothing.
  virtual bool listens() = 0;
};

struct RestPorts {
  RestChats& chats;
  Llm& llm;
  const Clock& clock;
};

}  // namespace wsdeep::chat

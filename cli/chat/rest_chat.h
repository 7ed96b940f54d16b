#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "chat/chat.h"
#include "chat/rest_ports.h"

/// Chat over plain HTTP requests: a question goes in, the whole answer comes out, or comes piece by piece meanwhile.
namespace wsdeep::chat {

/// What a chat may grow to, in bytes of its messages: DynamoDB's item has room for 400 KB. A question must leave room
/// for its answer; an answer beyond the end is cut, and marked as partial.
inline constexpr std::size_t kMaxRestChatBytes = 380'000;
inline constexpr std::size_t kMaxRestBytesBeforeAnswer = 300'000;

struct RestQuestion {
  std::string user_id;
  std::string prompt;
  std::optional<std::string> chat_id;  ///< nothing: a new chat
  GenerationParameters parameters;
};

/// Why a request is not done, as its client is told.
struct RestRefusal {
  int status = 500;
  std::string error;
  std::string message;  ///< or empty
  std::string chat_id;  ///< where the question is kept; or empty
  std::optional<std::chrono::seconds> retry_after{};
  std::string cause{};  ///< for the log
};
/// 400
RestRefusal rest_invalid(std::string error);
/// 404: there is none, or it is another user's: nobody is told which.
RestRefusal rest_no_chat();

struct RestAnswer {
  std::string response;
  RestChat chat;  ///< with question and answer
  std::string finish_reason;
  std::optional<Usage> usage;
  std::string node_id;
  std::int64_t ttft_ms = -1;
  bool stored = true;  ///< false: the chat was deleted while the model spoke, or could not be written
  std::string cause;   ///< why it was not, for the log
};

/// One turn: the question is kept and the chat held for it, the model answers, the answer is kept. Throws RestRefusal.
/// When the model fails midway, or nobody listens any more, what there was of the answer is kept as partial. Ends by
/// itself kDeadlineMargin before `deadline`. Two turns at once: the second one is refused (409).
RestAnswer rest_ask(const RestQuestion& question, RestPorts ports, const Limits& limits, SteadyTime deadline,
                    RestListener& listener);

/// What of a chat's messages is told to the model together with the last one, which is the question: the system prompt,
/// then whole turns, the newest that fit.
std::vector<ChatMessage> rest_conversation(const RestChat& chat, const Limits& limits);

}  // namespace wsdeep::chat

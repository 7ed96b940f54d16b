#pragma once

#include <chrono>
#include <string>

#include "load/turn/turn_record.h"
#include "session/link.h"
#include "wire/chat_frames.h"

/// How a chat turn that did not complete ended, in the table's words: one rule for all that can end it.
namespace wsdeep::load {

struct ChatEnding {
  TurnEnd how;
  std::string reason;    ///< of a fixed set of words: a peer cannot add rows to the table
  std::string detail{};  ///< what the peer said

  bool operator==(const ChatEnding&) const = default;
};

/// What a turn had come to before.
struct TurnProgress {
  bool text_came = false;
  bool cancelled = false;  ///< by us
};

ChatEnding ending_of(const wire::ErrorFrame& frame, TurnProgress progress);
/// API Gateway's own answer; whose frame it was about, it does not say.
ChatEnding ending_of(const wire::GatewayNotice& frame, TurnProgress progress);
ChatEnding ending_of(const wire::UnknownAction& frame, TurnProgress progress);
/// The connection was lost, or could not be opened.
ChatEnding ending_of(const ConnectionRecord& connection, const session::Loss& loss, TurnProgress progress);
/// A frame that is none.
ChatEnding ending_of_garbage(const std::string& fault, TurnProgress progress);
ChatEnding ending_of_silence(std::chrono::milliseconds silence, TurnProgress progress);

}  // namespace wsdeep::load

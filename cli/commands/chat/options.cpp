#include "commands/chat/options.h"

#include <chrono>

namespace wsdeep::commands {

session::TurnOptions turn_options(const ChatOptions& options) {
  session::TurnOptions turn;
  turn.chat_id = options.chat_id;
  turn.timings = options.timings;
  turn.answer_timeout = std::chrono::seconds(options.timeout_seconds);
  return turn;
}

}  // namespace wsdeep::commands

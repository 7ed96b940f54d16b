#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/llm.h"

namespace wsdeep::wire {

/// What `message` hands to `generate`: one accepted turn. The text itself is in the history.
struct GenerateEvent {
  std::string connection_id;
  std::string callback_url;  ///< `https://DOMAIN/STAGE`, where @connections lives
  std::string user_id;
  std::string chat_id;
  std::string message_id;
  std::int64_t accepted_at_ms = 0;  ///< the turn's place in the history
  GenerationParameters parameters;
  bool separate_reasoning = false;  ///< the client reads a chunk's `reasoning`
  bool timings = false;             ///< the client reads a chunk's `tokenOffsetsMs`
};

std::string encode(const GenerateEvent& event);
/// Throws Error{kFailure} that names the missing or mistyped field.
GenerateEvent parse_generate_event(std::string_view json);

}  // namespace wsdeep::wire

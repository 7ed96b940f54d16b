#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/dice.h"
#include "llm/engine/sim_options.h"
#include "wire/llm.h"

/// What the simulated engine says, and the chance that it says it by. Private to cli/llm.
namespace wsdeep::llm {

/// A hash of what an answer depends on: seed, parameters and messages.
std::uint64_t content_hash(std::uint64_t seed, const LlmRequest& request);
/// The same with the chat's and the turn's id: equal questions of different turns meet different luck.
std::uint64_t turn_hash(std::uint64_t seed, const LlmRequest& request);

struct SimAnswer {
  std::string text;
  std::size_t reasoning_bytes = 0;  ///< text begins with that much reasoning, the tags included
  std::string finish_reason;        ///< `stop` or `length`
  std::int64_t prompt_tokens = 0;
};

/// The whole answer. `request` needs messages or a prompt.
SimAnswer compose_answer(const SimOptions& options, const LlmRequest& request);

/// Where the token that starts at `from` ends: blanks, then everything up to the next blank.
std::size_t token_end(std::string_view text, std::size_t from);
std::int64_t count_tokens(std::string_view text);

}  // namespace wsdeep::llm

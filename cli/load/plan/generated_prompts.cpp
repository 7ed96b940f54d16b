#include "load/plan/generated_prompts.h"

#include "base/dice.h"
#include "load/plan/prompt_text.h"
#include "load/plan/streams.h"

namespace wsdeep::load {

Prompt GeneratedPrompts::prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const {
  const auto number = static_cast<std::uint64_t>(turn);
  LongDice dice(stream_seed(shape_.seed, Stream::kPromptLength, conversation, number));
  const int drawn = shape_.prompt_tokens.draw(dice);
  return {.system = prefix_of(conversation),
          .text = prompt_text(stream_seed(shape_.seed, Stream::kPromptText, conversation, number),
                              arrival.prompt_tokens.value_or(drawn)),
          .max_tokens = limit_.of(arrival, conversation, turn)};
}

std::string GeneratedPrompts::prefix_of(std::uint64_t conversation) const {
  if (shape_.prefix_tokens == 0) return {};
  const auto prefixes = static_cast<std::uint64_t>(shape_.prefixes);
  const std::uint64_t chosen = Dice(stream_seed(shape_.seed, Stream::kPrefixChoice, conversation)).below(prefixes);
  return prompt_text(stream_seed(shape_.seed, Stream::kPrefixText, chosen), shape_.prefix_tokens);
}

int GeneratedPrompts::turns(std::uint64_t conversation) const {
  LongDice dice(stream_seed(shape_.seed, Stream::kTurns, conversation));
  return shape_.turns.draw(dice);
}

}  // namespace wsdeep::load

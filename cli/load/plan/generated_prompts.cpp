#include "load/plan/generated_prompts.h"

#include "base/dice.h"
#include "load/plan/prompt_text.h"

namespace wsdeep::load {
namespace {

/// Each kind of draw has a stream of its own, so that one more of one kind changes no other.
enum PromptStream : std::uint64_t { kLengthStream = 0x100, kTextStream, kTurnsStream, kChoiceStream, kPrefixStream };

std::uint64_t stream_seed(std::uint64_t seed, PromptStream stream, std::uint64_t a, std::uint64_t b = 0) {
  return seed_of(seed_of(seed, stream), a, b);
}

}  // namespace

Prompt GeneratedPrompts::prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const {
  const auto number = static_cast<std::uint64_t>(turn);
  LongDice dice(stream_seed(shape_.seed, kLengthStream, conversation, number));
  const int drawn = shape_.prompt_tokens.draw(dice);
  const int tokens = arrival.prompt_tokens.value_or(drawn);
  Prompt prompt{.text = prompt_text(stream_seed(shape_.seed, kTextStream, conversation, number), tokens)};
  prompt.max_tokens = arrival.output_tokens;
  if (!prompt.max_tokens && shape_.output_tokens) prompt.max_tokens = shape_.output_tokens->draw(dice);
  if (shape_.prefix_tokens > 0) {
    const auto prefixes = static_cast<std::uint64_t>(shape_.prefixes);
    const std::uint64_t chosen = Dice(stream_seed(shape_.seed, kChoiceStream, conversation)).below(prefixes);
    prompt.system = prompt_text(stream_seed(shape_.seed, kPrefixStream, chosen), shape_.prefix_tokens);
  }
  return prompt;
}

int GeneratedPrompts::turns(std::uint64_t conversation) const {
  LongDice dice(stream_seed(shape_.seed, kTurnsStream, conversation));
  return shape_.turns.draw(dice);
}

}  // namespace wsdeep::load

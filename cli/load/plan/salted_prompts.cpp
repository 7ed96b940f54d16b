#include "load/plan/salted_prompts.h"

#include <fmt/format.h>

#include <utility>

#include "base/encoding.h"
#include "base/random.h"

namespace wsdeep::load {

SaltedPrompts::SaltedPrompts(std::shared_ptr<const PromptSource> source, std::string salt)
    : source_(std::move(source)), salt_(std::move(salt)) {}

Prompt SaltedPrompts::prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const {
  Prompt prompt = source_->prompt(arrival, conversation, turn);
  if (!prompt.system.empty())
    prompt.system.insert(0, salt_);
  else if (turn == 0)
    prompt.text.insert(0, salt_);
  return prompt;
}

std::string new_salt() {
  return fmt::format("run {}: ", hex(random_bytes(8)));
}

}  // namespace wsdeep::load

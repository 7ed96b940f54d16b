#include "load/plan/salted_prompts.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kRunNameBytes = 8;

}  // namespace

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

std::string new_run_name() {
  return hex(random_bytes(kRunNameBytes));
}

bool is_run_name(std::string_view text) {
  return text.size() == 2 * kRunNameBytes && from_hex(text);
}

std::string salt_of(std::string_view run) {
  return fmt::format("run {}: ", run);
}

}  // namespace wsdeep::load

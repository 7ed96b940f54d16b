#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "load/plan/lengths.h"
#include "load/plan/output_limit.h"
#include "load/plan/prompts.h"

namespace wsdeep::load {

inline constexpr int kMaxTurns = 10'000;
inline constexpr int kMaxPrefixes = 1'000'000;

/// What made-up prompts look like.
struct PromptShape {
  Lengths prompt_tokens{200};  ///< of one turn's question, where the arrival has no length
  Lengths turns{1};            ///< of a conversation
  int prefix_tokens = 0;       ///< of the system message …
  int prefixes = 1;            ///< … of which there are so many: each conversation has one of them
  std::uint64_t seed = 1;
};

/// Prompts that are made up. The lengths are drawn for a conversation's turn, the prefix for a conversation.
class GeneratedPrompts final : public PromptSource {
 public:
  GeneratedPrompts(PromptShape shape, OutputLimit limit) : shape_(std::move(shape)), limit_(std::move(limit)) {}

  Prompt prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const override;
  int turns(std::uint64_t conversation) const override;

 private:
  std::string prefix_of(std::uint64_t conversation) const;

  PromptShape shape_;
  OutputLimit limit_;
};

}  // namespace wsdeep::load

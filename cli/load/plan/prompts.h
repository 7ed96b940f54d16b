#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "load/turn/arrival.h"

namespace wsdeep::load {

/// What one turn asks.
struct Prompt {
  std::string system{};  ///< llm: the first message of a conversation; chat: put before the first question
  std::string text;
  std::optional<int> max_tokens{};
};

/// Where questions come from. The same arguments give the same prompt, on every machine: it is drawn from the run's
/// seed (a new one for each run, unless the same prompts are asked for). May be called from any thread.
class PromptSource {
 public:
  virtual ~PromptSource() = default;
  /// `turn` of `conversation`, both from 0.
  virtual Prompt prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const = 0;
  /// How many turns that conversation has; at least 1.
  virtual int turns(std::uint64_t conversation) const = 0;
};

}  // namespace wsdeep::load

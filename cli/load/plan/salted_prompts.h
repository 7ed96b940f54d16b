#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "load/plan/prompts.h"

namespace wsdeep::load {

/// The prompts of another source, but new to every cache: each conversation begins with `salt`. Lengths, shared
/// prefixes and whatever else is drawn stay as they are.
class SaltedPrompts final : public PromptSource {
 public:
  SaltedPrompts(std::shared_ptr<const PromptSource> source, std::string salt);

  Prompt prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const override;
  int turns(std::uint64_t conversation) const override { return source_->turns(conversation); }

 private:
  std::shared_ptr<const PromptSource> source_;
  std::string salt_;
};

/// A name for a run that no other has, of the system's chance: `5f0c3a9b12d47e60`.
std::string new_run_name();
bool is_run_name(std::string_view text);
/// `run 5f0c3a9b12d47e60: `
std::string salt_of(std::string_view run);

}  // namespace wsdeep::load

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "load/plan/output_limit.h"
#include "load/plan/prompts.h"
#include "load/plan/source_file.h"

namespace wsdeep::load {

/// A conversation as a file has it: the user's side of it.
struct ListedConversation {
  std::string system;
  std::vector<std::string> questions;
  std::optional<int> max_tokens{};

  bool operator==(const ListedConversation&) const = default;
};

struct PromptList {
  std::vector<ListedConversation> conversations;  ///< at least one; each with a question
  std::vector<std::string> notes;                 ///< `FILE: 3 answers were left out: the target gives its own`
};

/// JSON lines of our own: `{"prompt": "…"}` or `{"messages": [{"role": …, "content": …}, …]}`, with `max_tokens` or
/// without. Throws Error{kUsage} with line and column.
PromptList parse_prompts(const SourceFile& file);
/// ShareGPT: a list (or lines) of `{"conversations": [{"from": "human", "value": "…"}, …]}`. What cannot be asked is
/// left out, counted and noted. Throws Error{kUsage} with line and column.
PromptList parse_sharegpt(const SourceFile& file);

/// The conversations of a list one after another, and again from its begin.
class ListedPrompts final : public PromptSource {
 public:
  ListedPrompts(std::vector<ListedConversation> conversations, OutputLimit limit);

  Prompt prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const override;
  int turns(std::uint64_t conversation) const override;

 private:
  const ListedConversation& listed(std::uint64_t conversation) const;

  std::vector<ListedConversation> conversations_;
  OutputLimit limit_;
};

}  // namespace wsdeep::load

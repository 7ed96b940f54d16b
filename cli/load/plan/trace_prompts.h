#pragma once

#include <cstdint>
#include <memory>

#include "load/plan/output_limit.h"
#include "load/plan/prompts.h"
#include "load/plan/trace.h"

namespace wsdeep::load {

/// Prompts as long as a trace has them. Where it names their blocks, a block's text follows from its number: prompts
/// share what they shared when they were recorded, so that prefix caches find as much. Conversations have one turn.
class TracePrompts final : public PromptSource {
 public:
  TracePrompts(std::shared_ptr<const Trace> trace, OutputLimit limit, std::uint64_t seed);

  Prompt prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const override;
  int turns(std::uint64_t) const override { return 1; }

 private:
  std::string text_of(const TraceRow& row, std::uint64_t index) const;

  std::shared_ptr<const Trace> trace_;
  OutputLimit limit_;
  std::uint64_t seed_;
};

}  // namespace wsdeep::load

#include "load/plan/trace_prompts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "load/plan/prompt_text.h"
#include "load/plan/streams.h"
#include "load/turn/token_estimate.h"

namespace wsdeep::load {

TracePrompts::TracePrompts(std::shared_ptr<const Trace> trace, OutputLimit limit, std::uint64_t seed)
    : trace_(std::move(trace)), limit_(std::move(limit)), seed_(seed) {}

Prompt TracePrompts::prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const {
  const std::uint64_t index = arrival.trace_row.value_or(arrival.index) % trace_->rows.size();
  return {.text = text_of(trace_->rows[index], index), .max_tokens = limit_.of(arrival, conversation, turn)};
}

std::string TracePrompts::text_of(const TraceRow& row, std::uint64_t index) const {
  std::string text;
  text.reserve(static_cast<std::size_t>(row.prompt_tokens * kBytesPerToken));
  int left = row.prompt_tokens;
  for (const std::uint64_t block : trace_->blocks_of(row)) {
    const int tokens = std::min(left, kTraceBlockTokens);
    append_prompt_text(text, stream_seed(seed_, Stream::kBlockText, block), tokens);
    left -= tokens;
  }
  if (left > 0) append_prompt_text(text, stream_seed(seed_, Stream::kPromptText, index), left);
  return text;
}

}  // namespace wsdeep::load

#include "load/drive/llm_turn.h"

#include <algorithm>
#include <utility>

#include "load/drive/llm_ending.h"
#include "load/turn/token_estimate.h"

namespace wsdeep::load {

void LlmTurn::on_message(Micros at, std::size_t bytes) {
  message_at_ = at;
  has_piece_ = false;
  record_.bytes_received += bytes;
  ++record_.messages_received;
}

void LlmTurn::on_chunk(const LlmChunk& chunk) {
  if (chunk.was_reasoning) {  // what was taken for the answer was none
    record_.answer = kNever;
    node_reasoning_tokens_ = node_tokens_;
    answer_.clear();
  }
  if (chunk.arrival) {
    record_.node = chunk.arrival->node_id;
    record_.arrived_at = chunk.arrival->arrived_us;
    record_.queue_us = chunk.arrival->queued_us;
  }
  node_tokens_ += chunk.tokens;
  if (chunk.reasoning) node_reasoning_tokens_ += chunk.tokens;
  record_.token_offsets_us.insert(record_.token_offsets_us.end(), chunk.token_offsets_us.begin(),
                                  chunk.token_offsets_us.end());
  if (!chunk.text.empty()) add_text(chunk);
}

/// Chunks of one message are one piece.
void LlmTurn::add_text(const LlmChunk& chunk) {
  if (record_.first == kNever) record_.first = message_at_;
  if (!chunk.reasoning && record_.answer == kNever) record_.answer = message_at_;
  record_.last = message_at_;
  if (!has_piece_) record_.pieces.push_back({message_at_});
  has_piece_ = true;
  Piece& piece = record_.pieces.back();
  piece.tokens += static_cast<std::uint32_t>(chunk.tokens);
  piece.bytes += static_cast<std::uint32_t>(chunk.text.size());
  text_bytes_ += chunk.text.size();
  if (keeps_answer_ && !chunk.reasoning) answer_ += chunk.text;
}

void LlmTurn::on_end(Micros at, const llm::LlmOutcome& outcome, const std::string& node_before, Micros given_up_at) {
  record_.end = at;
  if (!outcome.result.node_id.empty()) record_.node = outcome.result.node_id;
  record_.moved = !node_before.empty() && !record_.node.empty() && record_.node != node_before;
  record_.bytes_sent = outcome.sent_bytes;
  count_tokens(outcome);
  if (const auto& timings = outcome.result.timings) {
    record_.queue_us = timings->queue_us;
    record_.prefill_us = timings->prefill_us;
  }
  Ending ending = ending_of(outcome, record_.first != kNever, given_up_at != kNever);
  record_.how = ending.how;
  record_.reason = std::move(ending.reason);
  if (!outcome.ok) record_.detail = outcome.cause;
  if (record_.how == TurnEnd::kCancelled) record_.cancelled_at = given_up_at;
}

std::int64_t LlmTurn::tokens_by(Micros at) const {
  std::int64_t tokens = 0;
  for (const Piece& piece : record_.pieces)
    if (piece.at <= at) tokens += piece.tokens;
  return tokens;
}

/// By the engine's usage, else by the node's count, else by the text's length.
void LlmTurn::count_tokens(const llm::LlmOutcome& outcome) {
  if (const auto& usage = outcome.result.usage) {
    record_.counted_by = TokenCount::kUsage;
    record_.output_tokens = std::max<std::int64_t>(0, usage->completion_tokens);
    // Where both counted the same, the node knows which of them were reasoning.
    const bool agrees = usage->completion_tokens == node_tokens_;
    record_.reasoning_tokens = usage->reasoning_tokens.value_or(agrees ? node_reasoning_tokens_ : 0);
    record_.prompt_tokens = usage->prompt_tokens;
    record_.cached_prompt_tokens = usage->cached_prompt_tokens;
  } else if (node_tokens_ > 0) {
    record_.counted_by = TokenCount::kNode;
    record_.output_tokens = node_tokens_;
    record_.reasoning_tokens = node_reasoning_tokens_;
  } else if (text_bytes_ > 0) {
    record_.counted_by = TokenCount::kEstimated;
    record_.output_tokens = estimated_tokens(static_cast<std::int64_t>(text_bytes_));
  }
}

}  // namespace wsdeep::load

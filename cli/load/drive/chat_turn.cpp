#include "load/drive/chat_turn.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "load/turn/token_estimate.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kBilledBytes = 32 * 1024;
/// In one frame; who says more does not count tokens.
constexpr std::int64_t kMostTokens = 1'000'000;

std::uint32_t billed_units(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::max<std::size_t>(1, (bytes + kBilledBytes - 1) / kBilledBytes));
}

std::uint32_t tokens_of(const wire::Chunk& frame) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(frame.tokens.value_or(0), 0, kMostTokens));
}

/// The last piece of text in `pieces` that is not reasoning, if there is one, is an answer's.
bool has_answer(const std::vector<LlmChunk>& pieces) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const LlmChunk& one) { return !one.reasoning && !one.text.empty(); });
}

}  // namespace

void FrameCount::count_sent(std::size_t bytes) {
  ++sent;
  billed += billed_units(bytes);
  bytes_sent += bytes;
}

void FrameCount::count_received(std::size_t bytes) {
  ++received;
  billed += billed_units(bytes);
  bytes_received += bytes;
}

void ChatTurn::sent(Micros at, std::size_t bytes) {
  record_.send = heard_ = at;
  frames_.count_sent(bytes);
}

void ChatTurn::cancel_sent(Micros at, std::size_t bytes) {
  record_.cancelled_at = at;
  frames_.count_sent(bytes);
}

ChatTurn::Heard ChatTurn::take(const wire::ServerFrame& frame, Micros at) {
  return std::visit([this, at](const auto& one) { return on(one, at); }, frame);
}

ChatTurn::Heard ChatTurn::on(const wire::Accepted& frame, Micros at) {
  if (!is_acknowledged() && !frame.message_id.empty() && frame.message_id != id_) foreign_id_ = frame.message_id;
  if (!is_ours(frame.message_id)) return Heard::kGoesOn;
  heard_ = at;
  if (record_.ack == kNever) record_.ack = at;
  if (frame.restarted) restart();
  return Heard::kGoesOn;
}

/// What was seen of the answer is void, though it was received: another node begins anew.
void ChatTurn::restart() {
  ++record_.restarts;
  order_.restart();
  splitter_.reset();
  first_piece_ = record_.pieces.size();
  waiting_tokens_ = 0;
  node_reasoning_tokens_ = 0;
  record_.token_offsets_us.clear();
  last_piece_came_ = false;
}

ChatTurn::Heard ChatTurn::on(const wire::Chunk& frame, Micros at) {
  if (!is_ours(frame.message_id)) return Heard::kGoesOn;
  heard_ = at;
  order_.take(frame.seq, record_);
  last_piece_came_ = last_piece_came_ || frame.is_complete;
  record_.token_offsets_us.insert(record_.token_offsets_us.end(), frame.token_offsets_us.begin(),
                                  frame.token_offsets_us.end());
  if (frame.arrival) note(*frame.arrival);
  const bool answers = answers_in(frame);
  if (!answers && frame.reasoning && !frame.reasoning->empty()) node_reasoning_tokens_ += tokens_of(frame);
  add_piece(frame, at);
  if (!frame.text.empty() || (frame.reasoning && !frame.reasoning->empty())) stamp(answers, at);
  return Heard::kGoesOn;
}

/// Which node has it, and since when: told with the first piece of each call.
void ChatTurn::note(const NodeArrival& arrival) {
  record_.node = arrival.node_id;
  record_.arrived_at = arrival.arrived_us;
  record_.queue_us = arrival.queued_us;
}

/// Whether the frame brings text of the answer itself. What was taken for it may turn out to have been reasoning.
bool ChatTurn::answers_in(const wire::Chunk& frame) {
  if (frame.reasoning) {
    if (frame.text_was_reasoning) record_.answer = kNever;
    return !frame.text.empty();
  }
  if (!splitter_) splitter_.emplace();
  const std::vector<LlmChunk> pieces = splitter_->feed(frame.text);
  if (std::any_of(pieces.begin(), pieces.end(), [](const LlmChunk& one) { return one.was_reasoning; }))
    record_.answer = kNever;
  return has_answer(pieces);
}

void ChatTurn::add_piece(const wire::Chunk& frame, Micros at) {
  waiting_tokens_ += tokens_of(frame);
  const std::size_t bytes = frame.text.size() + (frame.reasoning ? frame.reasoning->size() : 0);
  if (bytes > 0) record_.pieces.push_back({at, std::exchange(waiting_tokens_, 0), static_cast<std::uint32_t>(bytes)});
}

void ChatTurn::stamp(bool answers, Micros at) {
  if (record_.first == kNever) record_.first = at;
  if (answers && record_.answer == kNever) record_.answer = at;
  record_.last = at;
}

ChatTurn::Heard ChatTurn::on(const wire::Completion& frame, Micros at) {
  if (!is_ours(frame.message_id)) return Heard::kGoesOn;
  if (record_.pieces.size() == first_piece_ && !frame.text.empty()) {  // the answer came with its end
    record_.pieces.push_back({at, std::exchange(waiting_tokens_, 0), static_cast<std::uint32_t>(frame.text.size())});
    stamp(true, at);
  } else if (!last_piece_came_ && !frame.text.empty()) {
    ++record_.gaps;  // the end of the answer did not come as a piece
  }
  if (splitter_ && record_.answer == kNever && has_answer(splitter_->finish(frame.finish_reason != "length")))
    record_.answer = at;
  count_tokens(frame.usage);
  end({TurnEnd::kCompleted, {}}, at);
  return Heard::kEnds;
}

ChatTurn::Heard ChatTurn::on(const wire::ErrorFrame& frame, Micros at) {
  if (frame.message_id.empty()) {
    const bool may_be_of_another_frame = is_acknowledged() && foreign_id_.empty();
    if (may_be_of_another_frame) return Heard::kGoesOn;
  } else if (!is_ours(frame.message_id)) {
    return Heard::kGoesOn;
  }
  end(ending_of(frame, progress()), at);
  return frame.message_id.empty() ? Heard::kEndsInDoubt : Heard::kEnds;
}

/// Older servers know no cancel.
ChatTurn::Heard ChatTurn::on(const wire::UnknownAction& frame, Micros at) {
  if (frame.received_action == "ping" || frame.received_action == "cancel") return Heard::kGoesOn;
  end(ending_of(frame, progress()), at);
  return Heard::kEndsInDoubt;
}

/// Once the turn is acknowledged, its own frame was taken: the notice is about another one.
ChatTurn::Heard ChatTurn::on(const wire::GatewayNotice& frame, Micros at) {
  if (is_acknowledged()) return Heard::kGoesOn;
  end(ending_of(frame, progress()), at);
  return Heard::kEndsInDoubt;
}

void ChatTurn::end(ChatEnding ending, Micros at) {
  record_.how = ending.how;
  record_.reason = std::move(ending.reason);
  record_.detail = std::move(ending.detail);
  if (ending.how != TurnEnd::kUnfinished) record_.end = at;
}

/// The engine's usage counts most, then what the node counted, then a guess by the text's length: never two together.
void ChatTurn::count_tokens(const std::optional<Usage>& usage) {
  if (!usage) return;
  record_.counted_by = TokenCount::kUsage;
  record_.output_tokens = usage->completion_tokens;
  record_.reasoning_tokens = usage->reasoning_tokens.value_or(node_reasoning_tokens_);
  record_.prompt_tokens = usage->prompt_tokens;
  record_.cached_prompt_tokens = usage->cached_prompt_tokens;
}

void ChatTurn::count_tokens_of_pieces() {
  const auto begin = record_.pieces.begin() + static_cast<std::ptrdiff_t>(first_piece_);
  std::int64_t tokens = waiting_tokens_, bytes = 0;
  for (auto piece = begin; piece != record_.pieces.end(); ++piece) {
    tokens += piece->tokens;
    bytes += piece->bytes;
  }
  if (tokens == 0 && bytes == 0) return;
  record_.counted_by = tokens > 0 ? TokenCount::kNode : TokenCount::kEstimated;
  record_.output_tokens = tokens > 0 ? tokens : estimated_tokens(bytes);
  record_.reasoning_tokens = node_reasoning_tokens_;
}

std::int64_t ChatTurn::tokens_at_cancel() const {
  std::int64_t tokens = 0;
  for (std::size_t i = first_piece_; i < record_.pieces.size(); ++i)
    if (record_.pieces[i].at <= record_.cancelled_at) tokens += record_.pieces[i].tokens;
  return tokens;
}

EndedTurn ChatTurn::finish(const FrameCount& before) {
  if (record_.counted_by == TokenCount::kNone) count_tokens_of_pieces();
  if (record_.pieces.size() > first_piece_) record_.pieces.back().tokens += std::exchange(waiting_tokens_, 0);
  if (record_.cancelled_at != kNever)
    for (const Piece& piece : record_.pieces)
      if (piece.at > record_.cancelled_at) record_.wasted_tokens += piece.tokens;
  record_.messages_sent = before.sent + frames_.sent;
  record_.messages_received = before.received + frames_.received;
  record_.billed_messages = before.billed + frames_.billed;
  record_.bytes_sent = before.bytes_sent + frames_.bytes_sent;
  record_.bytes_received = before.bytes_received + frames_.bytes_received;
  const std::int64_t at_cancel = tokens_at_cancel();
  return {std::move(record_), id(), at_cancel};
}

}  // namespace wsdeep::load

#include "chat/answer_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "chat/node_wait.h"

// From the model to the client.
//
// The reader gathers what the node sends; this thread takes it and posts it. API Gateway bills and throttles by the
// message, so text is coalesced: the first piece goes out at once, a later one when `coalesce_window` has passed since
// the chunk before it was sent. What arrives until then, or while a post is in flight, joins it:
//
//   arrives   A  B C     D              E          end
//   time, ms  0  5 9    24             90          95
//   chunks    A        BC (at 20)  D (at 40)  E (at 90)    "" isComplete (at 95)
//
// seq counts the chunks from 0 and their texts put together are the answer; what the model thought before stands beside
// them, or, for clients that know no better, among them between tags. The last chunk carries what is left, which
// may be nothing, and isComplete. Posts are never concurrent, so that nothing is reordered.
//
// A chunk is cut once and keeps its seq and its bytes: a client drops what it has seen, so a chunk whose post failed is
// posted again, later and later, while the model goes on; the text that arrives meanwhile joins the next one. An answer
// never ends because of a post: the GPU has been paid, and the answer is in the history when the client asks again.
// Only a client that is gone (410) ends it, unless the chat knows a newer connection: there it goes on, with what was
// posted a moment ago once more, because the old connection may have been dead for as long as its client needs to
// notice.
//
// Between two pieces the loop sleeps in LlmReader::next() until the first of: text, a chunk that is due, the heartbeat
// (which tells whether somebody cancelled, or the client came back elsewhere), a model that is silent for too long, the
// deadline.
//
// A node that goes while it answers says so, and the answer begins anew on another one: see begin_anew().
//
// A fleet that nobody has asked for long may have no node; the question has one started. Meanwhile its reader goes on
// asking, and the client hears now and then what it waits for: see await_node().
//
// A heartbeat may fail: the chat is ours until its expiry is near.

namespace wsdeep::chat {
namespace {

/// No model of ours writes a hundredth of this; a node that does is broken.
constexpr std::size_t kMaxAnswerBytes = 4 * 1024 * 1024;
/// Pieces of several kinds go into one chunk when they are short, however they must be escaped.
constexpr std::size_t kMaxJoinedBytes = 16 * 1024;
/// Of one turn: a fleet that drains node after node gives up none of its turns, and one that flaps ends them.
constexpr int kMostBeginnings = 4;
/// Until a client notices that its connection is dead, and is back on another one.
constexpr std::chrono::seconds kReplayWindow{20};
/// Shorter than a client's patience with a silent server, which is 30 s before it asks again.
constexpr std::chrono::seconds kWaitToldEvery{15};
/// How long before its expiry a turn that cannot say that it is alive gives up.
constexpr std::chrono::seconds kExpiryMargin{10};

/// After the n-th failed post in a row; the port's own retries come before.
std::chrono::milliseconds wait_after(int failures) {
  return std::min(std::chrono::milliseconds(5000), std::chrono::milliseconds(100) * (1 << std::min(failures, 10)));
}

StreamEnd failed(std::string_view category, std::string cause, std::string words = {}) {
  return {std::string(category), std::move(cause), false, {}, std::move(words)};
}

StreamEnd gone() {
  return {"gone", "", false, {}};
}

}  // namespace

AnswerStream::AnswerStream(const TurnKey& turn, const Recipient& recipient, GeneratePorts ports, const Limits& limits,
                           SteadyTime stop_at)
    : turn_(turn),
      connection_id_(recipient.connection_id),
      separate_(recipient.separate_reasoning),
      ports_(ports),
      limits_(limits),
      stop_at_(stop_at) {
  const SteadyTime now = ports_.clock.steady_now();
  text_due_ = now + limits_.first_text_timeout;
  alive_at_ = now;
  next_pulse_ = now + limits_.heartbeat;
  next_post_ = now;
}

StreamEnd AnswerStream::run(const LlmRequest& request) {
  request_ = request;
  if (auto end = start()) return std::move(*end);
  return run_on();
}

std::optional<StreamEnd> AnswerStream::start() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(stop_at_ - ports_.clock.steady_now());
  if (left.count() <= 0) return failed("llm_timeout", "the deadline had passed before the start");
  ++beginnings_;
  try {
    reader_ = ports_.llm.start(request_, left);
  } catch (const std::exception& failure) {
    return failed("llm_unavailable", failure.what());
  }
  return std::nullopt;
}

StreamEnd AnswerStream::run_on() {
  while (true) {
    if (auto end = take(reader_->next(wake_up_time()))) return std::move(*end);
    if (ports_.clock.steady_now() >= stop_at_) return out_of_time();
    if (auto end = tell_wait_when_due()) return std::move(*end);
    if (auto end = post_when_due()) return std::move(*end);
    if (auto end = pulse_when_due()) return std::move(*end);
  }
}

SteadyTime AnswerStream::wake_up_time() const {
  const SteadyTime wake = std::min({stop_at_, no_node_since_ ? next_word_ : text_due_, next_pulse_});
  return anything_waits() ? std::min(wake, next_post_) : wake;
}

std::optional<StreamEnd> AnswerStream::take(LlmReader::Event event) {
  switch (event.state) {
    case LlmReader::State::kText:
      return take_chunks(event.chunks);
    case LlmReader::State::kWaiting:
      return check_text_due();
    case LlmReader::State::kNoNode:
      return await_node(std::move(event.failure));
    case LlmReader::State::kEnded:
      return finish(std::move(event.result));
    case LlmReader::State::kFailed:
      return fail(std::move(event.failure));
  }
  return std::nullopt;
}

/// Only of a fleet that may have no node: in any other it is a fault, and told as one.
std::optional<StreamEnd> AnswerStream::await_node(LlmFailure failure) {
  if (limits_.node_start.count() == 0) return fail(std::move(failure));
  if (!no_node_since_) no_node_since_ = next_word_ = ports_.clock.steady_now();
  return std::nullopt;
}

/// One that cannot be posted is left: the next one says the same.
std::optional<StreamEnd> AnswerStream::tell_wait_when_due() {
  const SteadyTime now = ports_.clock.steady_now();
  if (!no_node_since_ || now < next_word_) return std::nullopt;
  next_word_ = now + kWaitToldEvery;
  wire::Accepted frame{turn_.message_id, turn_.chat_id, epoch_ms(ports_.clock.now()), {}};
  frame.waiting = waiting_text(limits_.node_start, now - *no_node_since_, stop_at_ - now);
  try {
    if (ports_.replies.post(connection_id_, encode(frame), Repeat::kHarmless) == Delivery::kGone) return gone();
  } catch (const std::exception& failure) {
    post_cause_ = failure.what();
  }
  return std::nullopt;
}

StreamEnd AnswerStream::out_of_time() const {
  if (!no_node_since_) return failed("llm_timeout", "the deadline was reached");
  StreamEnd end = failed("llm_unavailable", "no node took the call before the deadline");
  end.retry_after = time_left(limits_.node_start, ports_.clock.steady_now() - *no_node_since_);
  end.text = gave_up_text(*end.retry_after);
  return end;
}

std::optional<StreamEnd> AnswerStream::fail(LlmFailure failure) {
  if (failure.handed_over && may_begin_anew()) return begin_anew();
  if (no_node_since_ && failure.category == "llm_unavailable") return out_of_time();
  StreamEnd end = failed(failure.category, std::move(failure.cause), std::move(failure.words));
  end.retry_after = failure.retry_after;
  return end;
}

/// Clients of before would put pieces of two answers together.
bool AnswerStream::may_begin_anew() const {
  return beginnings_ < kMostBeginnings && (separate_ || seq_ == 0);
}

/// On another node, from the history. What there was of the answer is void as soon as the new one has a word: until
/// then it is what its client has, and keeps if there comes nothing.
std::optional<StreamEnd> AnswerStream::begin_anew() {
  if (!begins_again_) seen_before_ = shown_text();
  begins_again_ = begins_again_ || seq_ > 0;
  pending_.clear();
  answer_ = reasoning_ = Channel();
  tagger_ = wire::ThinkTagger();
  tagged_.clear();
  textless_ = {};
  counted_ = false;
  shown_bytes_ = cut_bytes_ = 0;
  ++recasts_;
  first_text_at_.reset();
  text_due_ = ports_.clock.steady_now() + limits_.first_text_timeout;
  request_.sticky_cookie.clear();
  return start();
}

/// Whoever has seen some of the old answer hears that the chunks count from 0 again.
void AnswerStream::tell_beginning() {
  outbox_.clear();
  recent_.clear();
  seen_before_.clear();
  void_chunks_ += std::exchange(seq_, 0);
  const wire::Accepted accepted{turn_.message_id, turn_.chat_id, epoch_ms(ports_.clock.now()), {}, false, true};
  outbox_.push_back({encode(accepted), 0, recasts_, {}});
}

std::optional<StreamEnd> AnswerStream::take_chunks(const std::vector<LlmChunk>& chunks) {
  const SteadyTime now = ports_.clock.steady_now();
  if (!first_text_at_) first_text_at_ = now;
  no_node_since_.reset();
  text_due_ = now + limits_.stall_timeout;
  for (const LlmChunk& chunk : chunks) {
    Channel& channel = chunk.reasoning ? reasoning_ : answer_;
    add({channel.assembler.feed(chunk.text), chunk.reasoning, chunk.was_reasoning, chunk.tokens, chunk.token_offsets_us,
         chunk.arrival});
  }
  if (answer_.text.size() + reasoning_.text.size() > kMaxAnswerBytes)
    return failed("internal", "the answer is longer than 4 MiB");
  return std::nullopt;
}

void AnswerStream::add(LlmChunk chunk) {
  counted_ = counted_ || chunk.tokens > 0;
  textless_.take(chunk);
  if (chunk.text.empty() && !chunk.was_reasoning) return;
  if (chunk.was_reasoning) recast();
  (chunk.reasoning ? reasoning_ : answer_).text += chunk.text;
  if (separate_) return pend({chunk.reasoning ? Piece::Kind::kReasoning : Piece::Kind::kAnswer, std::move(chunk.text)});
  for (LlmChunk& tagged : tagger_.tag(std::move(chunk))) {
    tagged_ += tagged.text;
    pend({tagged.reasoning ? Piece::Kind::kTag : Piece::Kind::kAnswer, std::move(tagged.text)});
  }
}

/// What was the answer so far is reasoning. Of what is in no chunk yet nobody needs to hear that it was the answer.
void AnswerStream::recast() {
  reasoning_.text += std::exchange(answer_.text, {});
  shown_bytes_ = cut_bytes_ = 0;
  ++recasts_;
  if (separate_) pending_.push_front({Piece::Kind::kRecast, ""});
  for (Piece& piece : pending_)
    if (piece.kind == Piece::Kind::kAnswer) piece.kind = separate_ ? Piece::Kind::kReasoning : Piece::Kind::kTag;
}

void AnswerStream::pend(Piece piece) {
  if (piece.text.empty()) return;
  if (pending_.empty() || pending_.back().kind != piece.kind)
    pending_.push_back(std::move(piece));
  else
    pending_.back().text += piece.text;
  pending_.back().tokens.add(std::exchange(textless_, {}));
}

void AnswerStream::fill(wire::Completion& completion) const {
  completion.text = separate_ ? answer_.text : tagged_;
  if (separate_) completion.reasoning = reasoning_.text;
}

/// Looked at only when the reader has nothing: text that waits there while a post takes long is no stall.
std::optional<StreamEnd> AnswerStream::check_text_due() {
  if (no_node_since_ || ports_.clock.steady_now() < text_due_) return std::nullopt;
  const auto limit = first_text_at_ ? limits_.stall_timeout : limits_.first_text_timeout;
  return failed("llm_timeout", fmt::format("no {}text for {} ms", first_text_at_ ? "more " : "", limit.count()));
}

std::optional<StreamEnd> AnswerStream::post_when_due() {
  if (!anything_waits() || ports_.clock.steady_now() < next_post_) return std::nullopt;
  return post_waiting() == Posted::kGone ? std::optional(gone()) : std::nullopt;
}

std::optional<StreamEnd> AnswerStream::pulse_when_due() {
  const SteadyTime now = ports_.clock.steady_now();
  if (now < next_pulse_) return std::nullopt;
  next_pulse_ = now + limits_.heartbeat;
  Chats::Pulse pulse;
  try {
    pulse = ports_.chats.heartbeat(turn_);
  } catch (const std::exception&) {
    if (ports_.clock.steady_now() >= alive_at_ + kTurnExpiry - kExpiryMargin) throw;
    return std::nullopt;
  }
  alive_at_ = now;
  if (pulse.lost) return failed("lost", "another run took the turn over");
  if (pulse.cancel_requested) return failed("cancelled", "cancelled by the client");
  if (!pulse.connection_id.empty()) move_to(pulse.connection_id);
  return std::nullopt;
}

void AnswerStream::move_to(std::string_view connection_id) {
  if (connection_id == connection_id_) return;
  connection_id_ = connection_id;
  forget_old_posts();
  outbox_.insert(outbox_.begin(), std::make_move_iterator(recent_.begin()), std::make_move_iterator(recent_.end()));
  recent_.clear();
  post_failures_ = 0;
  next_post_ = ports_.clock.steady_now();
}

StreamEnd AnswerStream::finish(LlmResult result) {
  add({reasoning_.assembler.finish(), true});
  add({answer_.assembler.finish()});
  at_end_ = true;
  const bool sent = flush();
  return {sent ? "completed" : "gone", "", true, std::move(result)};
}

/// Posts all that waits, in as many chunks as it takes.
AnswerStream::Posted AnswerStream::post_waiting() {
  while (!outbox_.empty() || cut_chunk()) {
    const Posted posted = post_front();
    if (posted != Posted::kAll) return posted;
  }
  return Posted::kAll;
}

/// Makes the next chunk of what is pending; false when there is nothing to make one of.
bool AnswerStream::cut_chunk() {
  if (pending_.empty() && !at_end_) return false;
  if (std::exchange(begins_again_, false)) tell_beginning();
  wire::Chunk chunk;
  if (separate_) chunk.reasoning = "";
  while (!pending_.empty() && cut_piece(chunk)) {
  }
  if (at_end_ && pending_.empty()) cut_tokens(textless_, chunk);
  chunk.is_complete = at_end_ && pending_.empty() && textless_.empty();
  if (chunk.is_complete) at_end_ = false;
  chunk.message_id = turn_.message_id;
  chunk.seq = seq_++;
  chunk.timestamp_ms = epoch_ms(ports_.clock.now());
  outbox_.push_back({encode(chunk), cut_bytes_, recasts_, {}});
  return true;
}

/// Moves the next pending piece, or what fits of it, into `chunk`, where reasoning stands before text. False when it
/// has no place there.
bool AnswerStream::cut_piece(wire::Chunk& chunk) {
  Piece& piece = pending_.front();
  const bool is_thought = piece.kind == Piece::Kind::kReasoning || piece.kind == Piece::Kind::kRecast;
  const std::size_t taken = chunk.text.size() + chunk.reasoning.value_or("").size();
  if (is_thought && !chunk.text.empty()) return false;
  if (taken > 0 && (piece.kind == Piece::Kind::kRecast || taken + piece.text.size() > kMaxJoinedBytes)) return false;
  chunk.text_was_reasoning = chunk.text_was_reasoning || piece.kind == Piece::Kind::kRecast;
  const std::size_t size =
      taken > 0 ? piece.text.size() : wire::fitting_chunk_text(piece.text, piece.tokens.offsets_us.size());
  (is_thought ? *chunk.reasoning : chunk.text) += piece.text.substr(0, size);
  if (piece.kind == Piece::Kind::kAnswer) cut_bytes_ += size;
  piece.text.erase(0, size);
  cut_tokens(piece.tokens, chunk);
  if (!piece.empty()) return false;
  pending_.pop_front();
  return true;
}

/// As many as still fit into `chunk`.
void AnswerStream::cut_tokens(wire::TokenTally& tokens, wire::Chunk& chunk) const {
  const wire::TokenTally taken = tokens.take_first(wire::kMaxChunkOffsets - chunk.token_offsets_us.size());
  if (counted_) chunk.tokens = chunk.tokens.value_or(0) + taken.count;
  if (taken.arrival) chunk.arrival = taken.arrival;
  chunk.token_offsets_us.insert(chunk.token_offsets_us.end(), taken.offsets_us.begin(), taken.offsets_us.end());
}

AnswerStream::Posted AnswerStream::post_front() {
  const SteadyTime now = ports_.clock.steady_now();
  next_post_ = now + limits_.coalesce_window;
  Frame& frame = outbox_.front();
  Delivery delivery;
  try {
    delivery = ports_.replies.post(connection_id_, frame.bytes, Repeat::kHarmless);
  } catch (const std::exception& failure) {
    post_cause_ = failure.what();
    next_post_ = ports_.clock.steady_now() + wait_after(post_failures_++);
    return Posted::kFailed;
  }
  post_failures_ = 0;
  if (delivery == Delivery::kGone) return Posted::kGone;
  if (frame.recasts == recasts_) shown_bytes_ = std::max(shown_bytes_, frame.text_end);
  frame.posted_at = now;
  recent_.push_back(std::move(frame));
  outbox_.pop_front();
  forget_old_posts();
  return Posted::kAll;
}

void AnswerStream::forget_old_posts() {
  const SteadyTime from = ports_.clock.steady_now() - kReplayWindow;
  while (!recent_.empty() && recent_.front().posted_at < from) recent_.pop_front();
}

}  // namespace wsdeep::chat

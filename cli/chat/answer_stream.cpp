#include "chat/answer_stream.h"

#include <fmt/format.h>

#include <algorithm>

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
// seq counts the chunks from 0 and their texts put together are the answer. The last chunk carries what is left, which
// may be nothing, and isComplete. Posts are never concurrent, so that nothing is reordered.
//
// Between two pieces the loop sleeps in LlmReader::next() until the first of: text, a chunk that is due, the heartbeat
// (which tells whether somebody cancelled), a model that is silent for too long, the deadline.

namespace wsdeep::chat {
namespace {

/// No model of ours writes a hundredth of this; a node that does is broken.
constexpr std::size_t kMaxAnswerBytes = 4 * 1024 * 1024;

StreamEnd failed(std::string_view category, std::string cause) {
  return {std::string(category), std::move(cause), false, {}};
}

StreamEnd gone() {
  return {"gone", "", false, {}};
}

}  // namespace

AnswerStream::AnswerStream(const TurnKey& turn, std::string_view connection_id, GeneratePorts ports,
                           const Limits& limits, SteadyTime stop_at)
    : turn_(turn), connection_id_(connection_id), ports_(ports), limits_(limits), stop_at_(stop_at) {
  const SteadyTime now = ports_.clock.steady_now();
  text_due_ = now + limits_.first_text_timeout;
  next_pulse_ = now + limits_.heartbeat;
  next_post_ = now;
}

StreamEnd AnswerStream::run(const LlmRequest& request) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(stop_at_ - ports_.clock.steady_now());
  if (left.count() <= 0) return failed("llm_timeout", "the deadline had passed before the start");
  std::unique_ptr<LlmReader> reader;
  try {
    reader = ports_.llm.start(request, left);
  } catch (const std::exception& failure) {
    return failed("llm_unavailable", failure.what());
  }
  while (true) {
    if (auto end = take(reader->next(wake_up_time()))) return std::move(*end);
    if (ports_.clock.steady_now() >= stop_at_) return failed("llm_timeout", "the deadline was reached");
    if (auto end = flush_when_due()) return std::move(*end);
    if (auto end = pulse_when_due()) return std::move(*end);
  }
}

SteadyTime AnswerStream::wake_up_time() const {
  const SteadyTime wake = std::min({stop_at_, text_due_, next_pulse_});
  return pending_.empty() ? wake : std::min(wake, next_post_);
}

std::optional<StreamEnd> AnswerStream::take(LlmReader::Event event) {
  switch (event.state) {
    case LlmReader::State::kText:
      return take_text(event.text);
    case LlmReader::State::kWaiting:
      return check_text_due();
    case LlmReader::State::kEnded:
      return finish(std::move(event.result));
    case LlmReader::State::kFailed:
      return failed(event.failure.category, std::move(event.failure.cause));
  }
  return std::nullopt;
}

std::optional<StreamEnd> AnswerStream::take_text(std::string_view bytes) {
  const SteadyTime now = ports_.clock.steady_now();
  if (!first_text_at_) first_text_at_ = now;
  text_due_ = now + limits_.stall_timeout;
  const std::string piece = assembler_.feed(bytes);
  text_ += piece;
  pending_ += piece;
  if (text_.size() > kMaxAnswerBytes) return failed("internal", "the answer is longer than 4 MiB");
  return std::nullopt;
}

/// Looked at only when the reader has nothing: text that waits there while a post takes long is no stall.
std::optional<StreamEnd> AnswerStream::check_text_due() {
  if (ports_.clock.steady_now() < text_due_) return std::nullopt;
  const auto limit = first_text_at_ ? limits_.stall_timeout : limits_.first_text_timeout;
  return failed("llm_timeout", fmt::format("no {}text for {} ms", first_text_at_ ? "more " : "", limit.count()));
}

std::optional<StreamEnd> AnswerStream::flush_when_due() {
  if (pending_.empty() || ports_.clock.steady_now() < next_post_) return std::nullopt;
  return post_pending(false) ? std::nullopt : std::optional(gone());
}

std::optional<StreamEnd> AnswerStream::pulse_when_due() {
  const SteadyTime now = ports_.clock.steady_now();
  if (now < next_pulse_) return std::nullopt;
  next_pulse_ = now + limits_.heartbeat;
  const Chats::Pulse pulse = ports_.chats.heartbeat(turn_);
  if (pulse.lost) return failed("lost", "another run took the turn over");
  if (pulse.cancel_requested) return failed("cancelled", "cancelled by the client");
  return std::nullopt;
}

StreamEnd AnswerStream::finish(LlmResult result) {
  const std::string rest = assembler_.finish();
  text_ += rest;
  pending_ += rest;
  const bool sent = post_pending(true);
  return {sent ? "completed" : "gone", "", true, std::move(result)};
}

/// Posts all that is pending, in as many chunks as it takes; false when the client is gone.
bool AnswerStream::post_pending(bool last) {
  do {
    const std::size_t size = wire::fitting_chunk_text(pending_);
    const bool is_complete = last && size == pending_.size();
    const wire::Chunk chunk{pending_.substr(0, size), turn_.message_id, seq_++, is_complete,
                            epoch_ms(ports_.clock.now())};
    pending_.erase(0, size);
    next_post_ = ports_.clock.steady_now() + limits_.coalesce_window;
    if (ports_.replies.post(connection_id_, encode(chunk)) == Delivery::kGone) return false;
  } while (!pending_.empty());
  return true;
}

}  // namespace wsdeep::chat

#include "chat/rest_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "chat/node_wait.h"

namespace wsdeep::chat {
namespace {

/// No model of ours writes a hundredth of this, and a function's whole answer may have 6 MB.
constexpr std::size_t kMaxRestAnswerBytes = 2 * 1024 * 1024;
constexpr int kMostRestBeginnings = 4;
/// How long before its lease ends a turn that cannot renew it gives up.
constexpr std::chrono::seconds kLeaseMargin{10};

RestStreamEnd rest_failure(std::string_view outcome, std::string cause) {
  return {std::string(outcome), std::move(cause), {}};
}

}  // namespace

RestAnswerStream::RestAnswerStream(const RestChat& chat, RestPorts ports, const Limits& limits, SteadyTime stop_at,
                                   RestListener& listener)
    : chat_(chat), ports_(ports), limits_(limits), stop_at_(stop_at), listener_(listener) {
  const SteadyTime now = ports_.clock.steady_now();
  text_due_ = now + limits_.first_text_timeout;
  next_pulse_ = now + kRestPulse;
  alive_at_ = now;
}

RestStreamEnd RestAnswerStream::run(const LlmRequest& request) {
  request_ = request;
  start();
  while (true) {
    const SteadyTime look = ports_.clock.steady_now() + kRestLook;
    const SteadyTime wake = std::min({stop_at_, no_node_since_ ? stop_at_ : text_due_, next_pulse_, look});
    if (End end = take(reader_->next(wake))) return std::move(*end);
    if (ports_.clock.steady_now() >= stop_at_) return out_of_time();
    if (!listener_.listens()) return rest_failure("gone", "nobody listens any more");
    if (End end = pulse_when_due()) return std::move(*end);
  }
}

void RestAnswerStream::start() {
  ++beginnings_;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(stop_at_ - ports_.clock.steady_now());
  reader_ = ports_.llm.start(request_, std::max(left, std::chrono::milliseconds(1)));
}

RestAnswerStream::End RestAnswerStream::take(LlmReader::Event event) {
  switch (event.state) {
    case LlmReader::State::kText:
      return take_chunks(event.chunks);
    case LlmReader::State::kWaiting:
      return check_due();
    case LlmReader::State::kNoNode:
      if (limits_.node_start.count() == 0) return fail(std::move(event.failure));
      if (!no_node_since_) no_node_since_ = ports_.clock.steady_now();
      return std::nullopt;
    case LlmReader::State::kEnded:
      return finish(std::move(event.result));
    case LlmReader::State::kFailed:
      return fail(std::move(event.failure));
  }
  return std::nullopt;
}

RestAnswerStream::End RestAnswerStream::take_chunks(const std::vector<LlmChunk>& chunks) {
  const SteadyTime now = ports_.clock.steady_now();
  if (!first_text_at_) first_text_at_ = now;
  no_node_since_.reset();
  text_due_ = now + limits_.stall_timeout;
  for (const LlmChunk& chunk : chunks)
    if (!tell(chunk)) return rest_failure("gone", "nobody listens any more");
  if (received_ > kMaxRestAnswerBytes) return rest_failure("internal", "the answer is longer than 2 MiB");
  return std::nullopt;
}

bool RestAnswerStream::tell(const LlmChunk& chunk) {
  if (chunk.was_reasoning) {
    answer_.clear();
    if (!listener_.was_reasoning()) return false;
  }
  received_ += chunk.text.size();
  const std::string piece = (chunk.reasoning ? reasoning_bytes_ : answer_bytes_).feed(chunk.text);
  if (piece.empty()) return true;
  if (!chunk.reasoning) answer_ += piece;
  return listener_.text(piece, chunk.reasoning);
}

RestAnswerStream::End RestAnswerStream::check_due() const {
  if (no_node_since_ || ports_.clock.steady_now() < text_due_) return std::nullopt;
  const auto limit = first_text_at_ ? limits_.stall_timeout : limits_.first_text_timeout;
  return rest_failure("llm_timeout", fmt::format("no {}text for {} ms", first_text_at_ ? "more " : "", limit.count()));
}

RestAnswerStream::End RestAnswerStream::pulse_when_due() {
  const SteadyTime now = ports_.clock.steady_now();
  if (now < next_pulse_) return std::nullopt;
  next_pulse_ = now + kRestPulse;
  if (!listener_.alive()) return rest_failure("gone", "nobody listens any more");
  try {
    if (!ports_.chats.renew(chat_, epoch_ms(ports_.clock.now()) + kRestLease.count()))
      return rest_failure("lost", "another turn has the chat, or it was deleted");
    alive_at_ = now;
  } catch (const std::exception&) {
    if (ports_.clock.steady_now() >= alive_at_ + kRestLease - kLeaseMargin) throw;
  }
  return std::nullopt;
}

RestAnswerStream::End RestAnswerStream::fail(LlmFailure failure) {
  if (failure.handed_over && beginnings_ < kMostRestBeginnings) {
    if (!answer_.empty()) void_answer_ = std::exchange(answer_, {});
    answer_bytes_ = reasoning_bytes_ = Utf8Assembler();
    first_text_at_.reset();
    text_due_ = ports_.clock.steady_now() + limits_.first_text_timeout;
    request_.sticky_cookie.clear();
    if (!listener_.begun_anew()) return rest_failure("gone", "nobody listens any more");
    start();
    return std::nullopt;
  }
  if (no_node_since_ && failure.category == "llm_unavailable") return out_of_time();
  RestStreamEnd end = rest_failure(failure.category, std::move(failure.cause));
  end.words = std::move(failure.words);
  end.retry_after = failure.retry_after;
  return end;
}

RestStreamEnd RestAnswerStream::finish(LlmResult result) {
  const std::string rest = answer_bytes_.finish();
  answer_ += rest;
  void_answer_.clear();
  if (!rest.empty()) listener_.text(rest, false);
  return {"", "", std::move(result)};
}

RestStreamEnd RestAnswerStream::out_of_time() const {
  if (!no_node_since_) return rest_failure("llm_timeout", "the deadline was reached");
  RestStreamEnd end = rest_failure("llm_unavailable", "no node took the call before the deadline");
  end.retry_after = time_left(limits_.node_start, ports_.clock.steady_now() - *no_node_since_);
  return end;
}

}  // namespace wsdeep::chat

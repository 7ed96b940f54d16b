#include "llm/node/generation_call.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "llm/convert.h"
#include "llm/grpc_status.h"

namespace wsdeep::llm {
namespace {

constexpr std::chrono::milliseconds kBeforeTheEnd{50};

bool asks_for_timings(const grpc::ServerContext& context) {
  const auto found = context.client_metadata().find(kTimings);
  return found != context.client_metadata().end() && found->second == "1";
}

}  // namespace

GenerationCall::GenerationCall(CallSource& source) : source_(source), core_(source.core) {
  context_.AsyncNotifyWhenDone(&gone_);
}

/// `ok` is false when the server shuts down before a call came; `gone_` does not come then.
void GenerationCall::on_arrival(bool ok) {
  if (!ok) {
    delete this;
    return;
  }
  core_.call_began(*this);
  arrived_at_ = std::chrono::steady_clock::now();
  wants_timings_ = asks_for_timings(context_);
  wait_for_successor();
  meter_.arrived(arrived_at_);
  const grpc::Status flaw = check(request_);
  const auto refusal = flaw.ok() ? admit() : std::nullopt;
  if (flaw.ok() && !refusal && core_.admission.is_running(place_)) start_engine();
  end_operation([&] {
    if (settled_ || (flaw.ok() && !refusal)) return;
    if (refusal) settle(*refusal);
    if (!flaw.ok()) refuse(flaw);
    advance();
  });
}

/// What is wrong with the request itself.
void GenerationCall::refuse(const grpc::Status& flaw) {
  settled_ = true;
  status_ = flaw;
  meter_.refused(Refusal::kInvalid);
}

/// The steady time of gRPC's deadline, however far away it is.
SteadyTime GenerationCall::deadline() const {
  const std::chrono::nanoseconds left = context_.deadline() - std::chrono::system_clock::now();
  return std::chrono::steady_clock::now() + std::min<std::chrono::nanoseconds>(left, std::chrono::hours(24));
}

/// Takes a slot or a place in the queue; else why not.
std::optional<LlmOutcome> GenerationCall::admit() {
  const std::lock_guard lock(mutex_);
  deadline_ = deadline();
  return core_.admission.enter(place_, core_.engine->status().slots, deadline_,
                               {[this](SteadyTime until) {
                                  const auto left = until - std::chrono::steady_clock::now();
                                  alarm_.Set(source_.queue.get(), std::chrono::system_clock::now() + left,
                                             begin(rang_));
                                },
                                [this] { alarm_.Cancel(); }});
}

/// A waiting call has a slot, or is turned away, or has waited for long enough, or is over.
void GenerationCall::on_alarm() {
  bool runs = false;
  {
    const std::lock_guard lock(mutex_);
    runs = !settled_ && core_.admission.is_running(place_);
  }
  if (runs) start_engine();
  end_operation([&] {
    if (runs || settled_) return;
    settle(core_.admission.why_not(place_, deadline_));
    advance();
  });
}

void GenerationCall::start_engine() {
  {
    const std::lock_guard lock(mutex_);
    meter_.started(core_.admission.waited(place_));
  }
  if (core_.set_cookie)
    context_.AddInitialMetadata("set-cookie",
                                "wsdeep-node=" + percent_encode(core_.node_id(), ":") + "; Path=/; HttpOnly");
  auto generation = core_.engine->start(
      from_proto(request_),
      {[this](LlmChunk chunk) { on_chunk(std::move(chunk)); },
       [this](const LlmOutcome& outcome, const GenerationTimings& timings) { on_end(outcome, timings); }});
  const std::lock_guard lock(mutex_);
  generation_ = std::move(generation);
  if (stop_engine_) generation_->cancel();
  if (held_) generation_->hold(true);
}

void GenerationCall::on_chunk(LlmChunk chunk) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  meter_.produced(chunk.tokens, now);
  stamp(chunk, now);
  textless_.take(chunk);
  if (chunk.text.empty() && !chunk.was_reasoning) return;
  textless_.give(chunk);
  add(std::move(chunk));
  advance();
}

/// Tokens that came in one piece came at one time.
void GenerationCall::stamp(LlmChunk& chunk, SteadyTime now) const {
  if (!wants_timings_) return;
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto since = now - arrived_at_;
  const std::int64_t offset = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  chunk.token_offsets_us.assign(static_cast<std::size_t>(chunk.tokens),
                                static_cast<std::uint32_t>(std::min(offset, kMost)));
}

void GenerationCall::tell_arrival(::llm::LLMResponse& first) const {
  if (!wants_timings_) return;
  first.set_arrived_us(on_node_clock(arrived_at_));
  first.set_queued_us(core_.admission.waited(place_).count());
}

LlmChunk GenerationCall::take_rest() {
  LlmChunk rest;
  textless_.give(rest);
  return rest;
}

void GenerationCall::on_end(const LlmOutcome& outcome, GenerationTimings timings) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  timings.queue_us = core_.admission.waited(place_).count();
  settle(outcome);
  if (outcome.ok) complete(outcome, timings);
  advance();
}

void GenerationCall::on_written(bool ok) {
  end_operation([&] {
    writing_ = false;
    read_at_ = std::chrono::steady_clock::now();
    if (!ok) {
      drop();
      if (!settled_) fail(failure(LlmFault::kCancelled, "the client went away"));
    }
    advance();
  });
}

/// The call is over for gRPC, well or not.
void GenerationCall::on_gone() {
  end_operation([this] {
    if (!context_.IsCancelled()) return;
    end_due_ = true;  // for nobody
    drop();
    if (!settled_) fail(failure(LlmFault::kCancelled, "cancelled by the client"));
    advance();
  });
}

void GenerationCall::hand_over() {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  fail(draining());
  advance();
}

void GenerationCall::settle(const LlmOutcome& outcome) {
  settled_ = true;
  core_.admission.leave(place_, outcome.ok);
  if (watches_reading_) reading_alarm_.Cancel();
  measure(outcome);
  status_ = outcome.ok ? grpc::Status::OK : to_status(outcome.fault, outcome.cause);
  if (outcome.draining) context_.AddTrailingMetadata(kDrainingTrailer, "1");
  if (outcome.retry_after) context_.AddTrailingMetadata(kRetryPushback, std::to_string(outcome.retry_after->count()));
  if (!outcome.words.empty()) context_.AddTrailingMetadata(kEngineWords, outcome.words);
}

/// A call that was refused, given up or handed over is no error of the engine. A client ends its call when the deadline
/// has passed for it, which is a moment before it has for us.
void GenerationCall::measure(const LlmOutcome& outcome) {
  constexpr std::chrono::milliseconds kOnItsWay{100};
  const bool past_deadline = context_.deadline() <= std::chrono::system_clock::now() + kOnItsWay;
  const bool gave_up = outcome.fault == LlmFault::kTimeout && !meter_.has_started();
  if (outcome.ok)
    meter_.completed(outcome.result, std::chrono::steady_clock::now());
  else if (const auto refused = core_.admission.why_refused(place_))
    meter_.refused(*refused);
  else if (outcome.draining && !meter_.has_started())
    meter_.refused(Refusal::kDraining);  // handed over while it waited
  else if (outcome.draining)
    meter_.handed_over();
  else if (outcome.fault == LlmFault::kCancelled || gave_up)
    give_up(past_deadline);
  else
    meter_.failed(to_status(outcome.fault, "").error_code());
}

void GenerationCall::give_up(bool past_deadline) {
  meter_.cancelled(past_deadline);
  core_.given_up.add(request_.request_id(), meter_.tokens(), std::chrono::steady_clock::now());
}

void GenerationCall::fail(const LlmOutcome& outcome) {
  stop_engine_ = true;
  if (generation_) generation_->cancel();
  settle(outcome);  // who sees the count sees the slot free
}

void GenerationCall::hold(bool held) {
  if (std::exchange(held_, held) == held) return;
  if (generation_) generation_->hold(held);
  if (!held) return;
  read_at_ = std::chrono::steady_clock::now();
  if (!watches_reading_) watch_reading();
}

void GenerationCall::watch_reading() {
  watches_reading_ = true;
  const auto left = read_at_ + core_.reading_patience - std::chrono::steady_clock::now();
  reading_alarm_.Set(source_.queue.get(), std::chrono::system_clock::now() + left, begin(reading_due_));
}

void GenerationCall::on_reading_due() {
  end_operation([this] {
    watches_reading_ = false;
    if (settled_ || !held_) return;
    if (std::chrono::steady_clock::now() < read_at_ + core_.reading_patience) return watch_reading();
    fail(failure(LlmFault::kCancelled, "the client does not read"));
    drop();
    context_.TryCancel();  // a write that is under way ends by this alone
    advance();
  });
}

/// A connection that has heard GOAWAY is closed with its last call. What its peer still answers to the messages before
/// then resets it, and a peer that has not read the end by then never does (HAProxy 2.6 reports `SD`): it is given the
/// time to.
bool GenerationCall::end_waits() {
  if (end_due_ || !core_.is_draining()) return false;
  if (!std::exchange(end_set_, true))
    end_alarm_.Set(source_.queue.get(), std::chrono::system_clock::now() + kBeforeTheEnd, begin(may_end_));
  return true;
}

void GenerationCall::on_end_due() {
  end_operation([this] {
    end_due_ = true;
    advance();
  });
}

void* GenerationCall::begin(Completion& completion) {
  ++operations_;
  return &completion;
}

/// Reacts to an operation that is done, with the lock held; deletes the call after its last one.
void GenerationCall::end_operation(const std::function<void()>& react) {
  {
    const std::lock_guard lock(mutex_);
    react();
    if (--operations_ > 0 || !finished_) return;
  }
  generation_.reset();
  core_.call_ended(*this);
  delete this;
}

}  // namespace wsdeep::llm

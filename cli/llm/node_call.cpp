#include "llm/node_call.h"

#include <deque>

#include "base/text.h"
#include "llm/convert.h"

// A call sits between two sides that do not wait for each other: the engine, whose thread must not be held up, and the
// client, who reads as fast as its network lets it. What the engine says while a write is under way gathers in
// `pending_` and goes out as one response; a client that does not read makes it grow, up to kMaxBufferedBytes, and
// then loses its generation.
//
// Three parties may end a call: the engine (on_end), gRPC (OnCancel: the client cancelled, its deadline passed, its
// connection died) and the buffer's limit. The first one settles it: it counts the outcome and fixes the status;
// whatever the others say later is not heard. A settled call finishes when no write is under way.
//
// Lock order: a call's mutex, then the engine's. The engine calls back without holding its own, and gRPC runs OnDone in
// a thread of its own, after its other callbacks have returned. OnDone destroys the generation first, which waits for
// the engine's callback, so that nobody holds the mutex when the call goes.

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMaxBufferedBytes = 1 << 20;

/// OK when the node takes this request.
grpc::Status admit(const NodeCore& core, const ::llm::LLMRequest& request) {
  if (core.draining) return {grpc::StatusCode::UNAVAILABLE, "the node is shutting down"};
  return check(request);
}

void set_sticky_cookie(const NodeCore& core, grpc::CallbackServerContext& context) {
  if (!core.set_cookie) return;
  context.AddInitialMetadata("set-cookie", "wsdeep-node=" + percent_encode(core.node_id(), ":") + "; Path=/; HttpOnly");
}

/// Usage, timings and the rest of what only the last message of an answer carries.
template <typename Message>
void fill_finish(Message& message, const NodeCore& core, const LlmOutcome& outcome, const GenerationTimings& timings) {
  message.set_finish_reason(outcome.result.finish_reason);
  message.mutable_usage()->set_prompt_tokens(outcome.result.usage.prompt_tokens);
  message.mutable_usage()->set_completion_tokens(outcome.result.usage.completion_tokens);
  message.set_node_id(core.node_id());
  message.mutable_timings()->set_queue_us(timings.queue_us);
  message.mutable_timings()->set_prefill_us(timings.prefill_us);
  message.mutable_timings()->set_decode_us(timings.decode_us);
}

/// What both kinds of call do: hold the generation, settle once.
class GenerationCall {
 protected:
  explicit GenerationCall(NodeCore& core) : core_(core) { core_.call_began(); }
  ~GenerationCall() { core_.call_ended(); }

  /// Starts the engine. Its callbacks may come before this returns.
  void generate(const ::llm::LLMRequest& request, EngineEvents events) {
    auto generation = core_.engine->start(from_proto(request), std::move(events));
    const std::lock_guard lock(mutex_);
    generation_ = std::move(generation);
    if (stop_engine_) generation_->cancel();
  }

  /// Waits for the engine's last callback; to be called before anything that it uses is destroyed.
  void release() { generation_.reset(); }

  /// The functions below want the lock held.

  void settle(const LlmOutcome& outcome) {
    settled_ = true;
    if (outcome.ok)
      ++core_.completed;
    else
      ++(outcome.fault == LlmFault::kCancelled ? core_.cancelled : core_.failed);
    status_ = outcome.ok ? grpc::Status::OK : to_status(outcome.fault, outcome.cause);
  }

  /// Settles as failed while the engine is still at work.
  void stop(LlmFault fault, std::string cause) {
    LlmOutcome outcome;
    outcome.fault = fault;
    outcome.cause = std::move(cause);
    settle(outcome);
    stop_engine_ = true;
    if (generation_) generation_->cancel();
  }

  NodeCore& core_;
  std::mutex mutex_;
  bool settled_ = false;
  grpc::Status status_;

 private:
  std::unique_ptr<Generation> generation_;
  bool stop_engine_ = false;
};

class StreamCall final : public grpc::ServerWriteReactor<::llm::LLMResponse>, private GenerationCall {
 public:
  explicit StreamCall(NodeCore& core) : GenerationCall(core) {}

  void start(const ::llm::LLMRequest& request);
  void refuse(const grpc::Status& status) { Finish(status); }

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override {
    release();
    delete this;
  }

 private:
  void on_chunk(LlmChunk chunk);
  void on_end(const LlmOutcome& outcome, const GenerationTimings& timings);
  void append(LlmChunk chunk);
  void advance();
  void write_pending();

  std::deque<LlmChunk> pending_;  ///< neighbours differ in `reasoning`
  std::size_t pending_bytes_ = 0;
  bool writing_ = false;
  bool finished_ = false;
  bool first_ = true;
  ::llm::LLMResponse response_;
  ::llm::LLMResponse last_;
};

void StreamCall::start(const ::llm::LLMRequest& request) {
  generate(request,
           {[this](LlmChunk chunk) { on_chunk(std::move(chunk)); },
            [this](const LlmOutcome& outcome, const GenerationTimings& timings) { on_end(outcome, timings); }});
}

void StreamCall::on_chunk(LlmChunk chunk) {
  const std::lock_guard lock(mutex_);
  if (settled_ || chunk.text.empty()) return;
  append(std::move(chunk));
  if (pending_bytes_ > kMaxBufferedBytes) {
    pending_.clear();
    stop(LlmFault::kOverloaded, "the client does not read: 1 MB of text waits for it");
  }
  advance();
}

void StreamCall::append(LlmChunk chunk) {
  pending_bytes_ += chunk.text.size();
  if (!pending_.empty() && pending_.back().reasoning == chunk.reasoning)
    pending_.back().text += chunk.text;
  else
    pending_.push_back(std::move(chunk));
}

void StreamCall::on_end(const LlmOutcome& outcome, const GenerationTimings& timings) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  settle(outcome);
  if (outcome.ok) {
    last_.set_is_complete(true);
    fill_finish(last_, core_, outcome, timings);
  }
  advance();
}

/// The next write, or the end. Wants the lock held.
void StreamCall::advance() {
  if (writing_ || finished_) return;
  if (!pending_.empty()) {
    write_pending();
  } else if (settled_) {
    finished_ = true;
    if (status_.ok())
      StartWriteAndFinish(&last_, grpc::WriteOptions(), status_);
    else
      Finish(status_);
  }
}

void StreamCall::write_pending() {
  response_.Clear();
  pending_bytes_ -= pending_.front().text.size();
  response_.set_text(std::move(pending_.front().text));
  response_.set_reasoning(pending_.front().reasoning);
  pending_.pop_front();
  if (first_) response_.set_node_id(core_.node_id());
  first_ = false;
  writing_ = true;
  StartWrite(&response_);
}

void StreamCall::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (!ok) {
    pending_.clear();
    if (!settled_) stop(LlmFault::kCancelled, "the client went away");
    if (status_.ok()) status_ = grpc::Status::CANCELLED;
  }
  advance();
}

void StreamCall::OnCancel() {
  const std::lock_guard lock(mutex_);
  if (!settled_) stop(LlmFault::kCancelled, "cancelled by the client");
  pending_.clear();
  advance();
}

class CompleteCall final : public grpc::ServerUnaryReactor, private GenerationCall {
 public:
  CompleteCall(NodeCore& core, ::llm::LLMCompleteResponse& response) : GenerationCall(core), response_(response) {}

  void start(const ::llm::LLMRequest& request);
  void refuse(const grpc::Status& status) { Finish(status); }

  void OnCancel() override;
  void OnDone() override {
    release();
    delete this;
  }

 private:
  void on_chunk(const LlmChunk& chunk);
  void on_end(const LlmOutcome& outcome, const GenerationTimings& timings);

  ::llm::LLMCompleteResponse& response_;
};

void CompleteCall::start(const ::llm::LLMRequest& request) {
  generate(request,
           {[this](const LlmChunk& chunk) { on_chunk(chunk); },
            [this](const LlmOutcome& outcome, const GenerationTimings& timings) { on_end(outcome, timings); }});
}

void CompleteCall::on_chunk(const LlmChunk& chunk) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  response_.mutable_text()->append(chunk.text);
  if (response_.text().size() <= kMaxBufferedBytes) return;
  stop(LlmFault::kOverloaded, "the answer is larger than 1 MB: use GenerateStream");
  Finish(status_);
}

void CompleteCall::on_end(const LlmOutcome& outcome, const GenerationTimings& timings) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  settle(outcome);
  if (outcome.ok) fill_finish(response_, core_, outcome, timings);
  Finish(status_);
}

void CompleteCall::OnCancel() {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  stop(LlmFault::kCancelled, "cancelled by the client");
  Finish(status_);
}

template <typename Call>
Call* begin(Call* call, const NodeCore& core, grpc::CallbackServerContext& context, const ::llm::LLMRequest& request) {
  const grpc::Status status = admit(core, request);
  if (status.ok()) {
    set_sticky_cookie(core, context);
    call->start(request);
  } else {
    call->refuse(status);
  }
  return call;
}

}  // namespace

grpc::ServerWriteReactor<::llm::LLMResponse>* serve_stream(NodeCore& core, grpc::CallbackServerContext& context,
                                                           const ::llm::LLMRequest& request) {
  return begin(new StreamCall(core), core, context, request);
}

grpc::ServerUnaryReactor* serve_complete(NodeCore& core, grpc::CallbackServerContext& context,
                                         const ::llm::LLMRequest& request, ::llm::LLMCompleteResponse& response) {
  return begin(new CompleteCall(core, response), core, context, request);
}

}  // namespace wsdeep::llm

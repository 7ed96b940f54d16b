#include "llm/node/generation_call.h"

#include "base/encoding.h"
#include "llm/convert.h"
#include "llm/grpc_status.h"

namespace wsdeep::llm {

GenerationCall::GenerationCall(CallSource& source) : source_(source), core_(source.core) {
  context_.AsyncNotifyWhenDone(&gone_);
}

GenerationCall::~GenerationCall() {
  if (counted_) core_.call_ended();
}

/// `ok` is false when the server shuts down before a call came; `gone_` does not come then.
void GenerationCall::on_arrival(bool ok) {
  if (!ok) {
    delete this;
    return;
  }
  core_.call_began();
  counted_ = true;
  wait_for_successor();
  const grpc::Status refusal = admission();
  if (refusal.ok()) start_engine();
  end_operation([&] {
    if (refusal.ok() || settled_) return;
    settled_ = true;
    status_ = refusal;
    advance();
  });
}

/// OK when the node takes this request.
grpc::Status GenerationCall::admission() const {
  if (core_.draining) return {grpc::StatusCode::UNAVAILABLE, "the node is shutting down"};
  return check(request_);
}

void GenerationCall::start_engine() {
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
}

void GenerationCall::on_chunk(LlmChunk chunk) {
  const std::lock_guard lock(mutex_);
  if (settled_ || (chunk.text.empty() && !chunk.was_reasoning)) return;
  add(std::move(chunk));
  advance();
}

void GenerationCall::on_end(const LlmOutcome& outcome, const GenerationTimings& timings) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  settle(outcome);
  if (outcome.ok) complete(outcome, timings);
  advance();
}

void GenerationCall::on_written(bool ok) {
  end_operation([&] {
    writing_ = false;
    if (!ok) {
      drop();
      if (!settled_) fail(LlmFault::kCancelled, "the client went away");
    }
    advance();
  });
}

/// The call is over for gRPC, well or not.
void GenerationCall::on_gone() {
  end_operation([this] {
    if (!context_.IsCancelled()) return;
    drop();
    if (!settled_) fail(LlmFault::kCancelled, "cancelled by the client");
    advance();
  });
}

void GenerationCall::settle(const LlmOutcome& outcome) {
  settled_ = true;
  if (outcome.ok)
    ++core_.completed;
  else
    ++(outcome.fault == LlmFault::kCancelled ? core_.cancelled : core_.failed);
  status_ = outcome.ok ? grpc::Status::OK : to_status(outcome.fault, outcome.cause);
  if (!outcome.words.empty()) context_.AddTrailingMetadata(kEngineWords, outcome.words);
}

void GenerationCall::fail(LlmFault fault, std::string cause) {
  stop_engine_ = true;
  if (generation_) generation_->cancel();
  settle(failure(fault, std::move(cause)));  // who sees the count sees the slot free
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
  delete this;
}

}  // namespace wsdeep::llm

#include "llm/node/node_call.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "llm/node/generation_call.h"
#include "wire/think_tags.h"

namespace wsdeep::llm {
namespace {

/// Of an answer in one piece.
constexpr std::size_t kMaxAnswerBytes = 1 << 20;
/// Text that waits for a client: from here on the engine waits too, until most of it has gone out.
constexpr std::size_t kHoldAboveBytes = 16 << 10;
constexpr std::size_t kGoOnBelowBytes = 4 << 10;
/// In one response: their times fit into a message many times over.
constexpr int kMostJoinedTokens = 1 << 16;
/// Whose fate is told in one answer.
constexpr int kMostGivenUp = 64;

template <typename Call>
void wait_for_call(CallSource& source) {
  auto call = std::make_unique<Call>(source);
  if (source.ask([&] { call->request(); })) static_cast<void>(call.release());  // it deletes itself
}

void set_tokens(::llm::LLMResponse& response, const LlmChunk& chunk) {
  response.set_tokens(chunk.tokens);
  response.mutable_token_offsets_us()->Assign(chunk.token_offsets_us.begin(), chunk.token_offsets_us.end());
}

/// What the engine says while a write is under way gathers in `pending_` and goes out as one response. When much of it
/// waits the engine is held.
class NodeStreamCall final : public GenerationCall {
 public:
  using GenerationCall::GenerationCall;

  void request() override {
    source_.service.RequestGenerateStream(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(),
                                          &arrived_);
  }

 private:
  void add(LlmChunk chunk) override;
  void complete(const LlmOutcome& outcome, const GenerationTimings& timings) override;
  void drop() override;
  void advance() override;
  void wait_for_successor() override { wait_for_call<NodeStreamCall>(source_); }
  void write_pending();

  grpc::ServerAsyncWriter<::llm::LLMResponse> writer_{&context_};
  void enqueue(LlmChunk chunk);

  wire::ThinkTagger tagger_;      ///< for a client that knows tags only
  std::deque<LlmChunk> pending_;  ///< neighbours differ in `reasoning`
  std::size_t pending_bytes_ = 0;
  bool first_ = true;
  ::llm::LLMResponse response_;
  ::llm::LLMResponse last_;
};

bool joins(const LlmChunk& last, const LlmChunk& next) {
  return last.reasoning == next.reasoning && !last.was_reasoning && !next.was_reasoning &&
         last.tokens < kMostJoinedTokens && next.tokens < kMostJoinedTokens;
}

void NodeStreamCall::add(LlmChunk chunk) {
  if (request_.separate_reasoning())
    enqueue(std::move(chunk));
  else
    for (LlmChunk& tagged : tagger_.tag(std::move(chunk))) enqueue(std::move(tagged));
  if (pending_bytes_ > kHoldAboveBytes) hold(true);
}

void NodeStreamCall::enqueue(LlmChunk chunk) {
  pending_bytes_ += chunk.text.size();
  if (pending_.empty() || !joins(pending_.back(), chunk)) return pending_.push_back(std::move(chunk));
  LlmChunk& last = pending_.back();
  last.text += chunk.text;
  last.tokens += chunk.tokens;
  last.token_offsets_us.insert(last.token_offsets_us.end(), chunk.token_offsets_us.begin(),
                               chunk.token_offsets_us.end());
}

/// Old clients look for is_complete, and take the text of every response.
void NodeStreamCall::complete(const LlmOutcome& outcome, const GenerationTimings& timings) {
  last_.set_is_complete(true);
  set_tokens(last_, take_rest());
  fill_finish(last_, core_, outcome, timings);
}

void NodeStreamCall::drop() {
  pending_.clear();
  pending_bytes_ = 0;
}

void NodeStreamCall::advance() {
  if (writing_ || finished_) return;
  if (!pending_.empty()) {
    write_pending();
  } else if (settled_ && (first_ || !end_waits())) {
    finished_ = true;
    if (status_.ok())
      writer_.WriteAndFinish(last_, grpc::WriteOptions(), status_, begin(ended_));
    else
      writer_.Finish(status_, begin(ended_));
  }
}

void NodeStreamCall::write_pending() {
  response_.Clear();
  LlmChunk chunk = std::move(pending_.front());
  pending_.pop_front();
  pending_bytes_ -= chunk.text.size();
  if (pending_bytes_ < kGoOnBelowBytes) hold(false);
  const bool separate = request_.separate_reasoning();
  if (separate) response_.set_reasoning_text(chunk.reasoning ? std::exchange(chunk.text, {}) : "");
  response_.set_reasoning(!separate && chunk.reasoning);
  response_.set_text_was_reasoning(chunk.was_reasoning);
  set_tokens(response_, chunk);
  response_.set_text(std::move(chunk.text));
  if (std::exchange(first_, false)) {
    response_.set_node_id(core_.node_id());
    tell_arrival(response_);
  }
  writing_ = true;
  writer_.Write(response_, begin(written_));
}

class CompleteCall final : public GenerationCall {
 public:
  using GenerationCall::GenerationCall;

  void request() override {
    source_.service.RequestGenerate(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(),
                                    &arrived_);
  }

 private:
  void add(LlmChunk chunk) override;
  void complete(const LlmOutcome& outcome, const GenerationTimings& timings) override {
    fill_finish(response_, core_, outcome, timings);
  }
  void drop() override { response_.Clear(); }
  void advance() override;
  void wait_for_successor() override { wait_for_call<CompleteCall>(source_); }

  void append(const LlmChunk& chunk);

  wire::ThinkTagger tagger_;
  grpc::ServerAsyncResponseWriter<::llm::LLMCompleteResponse> writer_{&context_};
  ::llm::LLMCompleteResponse response_;
};

void CompleteCall::add(LlmChunk chunk) {
  if (request_.separate_reasoning())
    append(chunk);
  else
    for (const LlmChunk& tagged : tagger_.tag(std::move(chunk))) response_.mutable_text()->append(tagged.text);
  if (response_.text().size() + response_.reasoning_text().size() <= kMaxAnswerBytes) return;
  drop();
  fail(failure(LlmFault::kOverloaded, "the answer is larger than 1 MB: use GenerateStream"));
}

void CompleteCall::append(const LlmChunk& chunk) {
  std::string& reasoning = *response_.mutable_reasoning_text();
  if (chunk.was_reasoning) reasoning.append(std::exchange(*response_.mutable_text(), {}));
  (chunk.reasoning ? reasoning : *response_.mutable_text()).append(chunk.text);
}

void CompleteCall::advance() {
  if (!settled_ || finished_) return;
  finished_ = true;
  if (status_.ok())
    writer_.Finish(response_, status_, begin(ended_));
  else
    writer_.FinishWithError(status_, begin(ended_));
}

/// A call that is answered at once.
template <typename Request, typename Response>
class QuickCall {
 public:
  explicit QuickCall(CallSource& source) : source_(source) {}
  QuickCall(const QuickCall&) = delete;
  QuickCall& operator=(const QuickCall&) = delete;
  virtual ~QuickCall() = default;

  virtual void request() = 0;

 protected:
  virtual grpc::Status answer(Response& response) const = 0;
  virtual void wait_for_successor() = 0;

  CallSource& source_;
  CallSource::Membership membership_{source_};
  SteadyTime came_at_;
  grpc::ServerContext context_;
  Request request_;
  grpc::ServerAsyncResponseWriter<Response> writer_{&context_};
  Completion arrived_{[this](bool ok) { on_arrival(ok); }};

 private:
  void on_arrival(bool ok) {
    if (!ok) {
      delete this;
      return;
    }
    came_at_ = std::chrono::steady_clock::now();
    wait_for_successor();
    Response response;
    const grpc::Status status = answer(response);
    if (status.ok())
      writer_.Finish(response, status, &ended_);
    else
      writer_.FinishWithError(status, &ended_);
  }

  Completion ended_{[this](bool) { delete this; }};
};

class HealthCall final : public QuickCall<::llm::HealthCheckRequest, ::llm::HealthCheckResponse> {
 public:
  using QuickCall::QuickCall;

  void request() override {
    source_.service.RequestHealthCheck(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(),
                                       &arrived_);
  }

 private:
  grpc::Status answer(::llm::HealthCheckResponse& response) const override;
  void wait_for_successor() override { wait_for_call<HealthCall>(source_); }
};

/// What became of the calls that are asked for.
void tell_given_up(const ::llm::HealthCheckRequest& request, const NodeCore& core,
                   ::llm::HealthCheckResponse& response) {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (int at = 0; at < std::min(request.given_up_size(), kMostGivenUp); ++at) {
    const auto call = core.given_up.find(request.given_up(at));
    if (!call) continue;
    ::llm::GivenUpCall& told = *response.add_given_up();
    told.set_request_id(call->request_id);
    told.set_slot_free_us(microseconds_between(call->slot_free_at, now));
    told.set_tokens(call->tokens);
  }
}

grpc::Status HealthCall::answer(::llm::HealthCheckResponse& response) const {
  const NodeHealth health = source_.core.health();
  response.set_status(health.status);
  response.set_node_id(health.node_id);
  response.set_model(health.model);
  response.set_engine(health.engine);
  response.set_slots(health.slots);
  response.set_active(health.active);
  response.set_queued(health.queued);
  response.set_completed(health.completed);
  response.set_cancelled(health.cancelled);
  response.set_failed(health.failed);
  if (health.load) response.set_load(*health.load);
  response.set_draining(health.draining);
  if (health.ttft_p50_us) response.set_ttft_p50_us(*health.ttft_p50_us);
  response.set_version(health.version);
  if (health.kv_use) response.set_kv_use(*health.kv_use);
  tell_given_up(request_, source_.core, response);
  response.set_clock_received_us(on_node_clock(came_at_));
  response.set_clock_sent_us(on_node_clock(std::chrono::steady_clock::now()));
  return grpc::Status::OK;
}

class ReadyCall final : public QuickCall<::llm::HealthCheckRequest, ::llm::HealthCheckResponse> {
 public:
  using QuickCall::QuickCall;

  void request() override {
    source_.service.RequestReady(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(), &arrived_);
  }

 private:
  grpc::Status answer(::llm::HealthCheckResponse& response) const override {
    response.set_status(source_.core.health().status);
    if (source_.core.is_serving()) return grpc::Status::OK;
    return {grpc::StatusCode::UNAVAILABLE, response.status()};
  }
  void wait_for_successor() override { wait_for_call<ReadyCall>(source_); }
};

class ModelsCall final : public QuickCall<::llm::ListModelsRequest, ::llm::ListModelsResponse> {
 public:
  using QuickCall::QuickCall;

  void request() override {
    source_.service.RequestListModels(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(),
                                      &arrived_);
  }

 private:
  grpc::Status answer(::llm::ListModelsResponse& response) const override {
    for (const std::string& model : source_.core.engine->models()) response.add_models(model);
    return grpc::Status::OK;
  }
  void wait_for_successor() override { wait_for_call<ModelsCall>(source_); }
};

}  // namespace

void wait_for_calls(CallSource& source) {
  wait_for_call<NodeStreamCall>(source);
  wait_for_call<CompleteCall>(source);
  wait_for_call<HealthCall>(source);
  wait_for_call<ReadyCall>(source);
  wait_for_call<ModelsCall>(source);
}

}  // namespace wsdeep::llm

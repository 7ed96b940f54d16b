#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <mutex>
#include <optional>

#include "base/clock.h"
#include "llm.grpc.pb.h"
#include "llm/completion.h"
#include "llm/engine/engine.h"
#include "llm/node/admission.h"
#include "llm/node/call_source.h"
#include "llm/node/metrics.h"
#include "wire/token_tally.h"

// A call that runs a generation. Before it does, it has to be admitted: a call that waits for a slot has an alarm under
// way, which rings when its time is over, and at once when a slot is its own or it is turned away; whatever rang, the
// call looks at its place then, in the node's loop.
//
// It sits between two sides that do not wait for each other: the engine, whose thread must not be held up, and the
// client, who reads as fast as its network lets it. Private to cli/llm.
//
// A client that reads slowly holds the engine: while much text waits for it the generation is held, and what the engine
// says meanwhile stays in the engine. One that has read nothing for long loses its slot: an alarm is under way while
// the engine is held.
//
// Four parties may end a call: the engine (its on_end), gRPC (`gone_`: the client cancelled, its deadline passed, its
// connection died), the call itself (an answer in one piece has grown too large, the client does not read) and the node
// (`hand_over`: it goes away, and the call's grace is over). The first one settles it: it counts the outcome and fixes
// the status; what the others say later is not heard. A settled call finishes when no write is under way.
//
// A call deletes itself when it has finished and none of its operations is under way. Before that it destroys its
// generation, which waits for the engine's callback, and leaves the node's list of calls, so that nobody holds the
// mutex when the call goes. Lock order: the list's mutex, a call's, the engine's; the engine calls back without holding
// its own.

namespace wsdeep::llm {

class GenerationCall : public RunningCall {
 public:
  explicit GenerationCall(CallSource& source);
  GenerationCall(const GenerationCall&) = delete;
  GenerationCall& operator=(const GenerationCall&) = delete;
  ~GenerationCall() override = default;

  /// Asks gRPC for this call.
  virtual void request() = 0;
  void hand_over() final;

 protected:
  /// The functions below are called with the lock held.

  virtual void add(LlmChunk chunk) = 0;
  /// Fills the end of an answer that came to its end.
  virtual void complete(const LlmOutcome& outcome, const GenerationTimings& timings) = 0;
  /// Forgets text that waits to be sent.
  virtual void drop() = 0;
  /// Starts the next write, or the end. Called whenever something may have become possible.
  virtual void advance() = 0;

  virtual void wait_for_successor() = 0;

  /// Settles as failed and stops the engine.
  void fail(const LlmOutcome& outcome);
  /// Whether the end of the stream has to wait a moment; then `advance` follows.
  bool end_waits();
  /// Whether the engine shall wait.
  void hold(bool held);
  /// The tag for an operation that begins now.
  void* begin(Completion& completion);
  /// For a client that asked for times.
  void tell_arrival(::llm::LLMResponse& first) const;
  /// Tokens of the answer that are in no chunk: they have no text, and none came after them.
  LlmChunk take_rest();

  CallSource& source_;
  CallSource::Membership membership_{source_};
  NodeCore& core_;
  grpc::ServerContext context_;
  ::llm::LLMRequest request_;
  grpc::Status status_;    ///< once settled
  bool settled_ = false;   ///< the outcome is known
  bool finished_ = false;  ///< gRPC has been told
  bool writing_ = false;
  Completion arrived_{[this](bool ok) { on_arrival(ok); }};
  Completion written_{[this](bool ok) { on_written(ok); }};
  Completion ended_{[this](bool) { end_operation([] {}); }};

 private:
  void on_arrival(bool ok);
  std::optional<LlmOutcome> admit();
  SteadyTime deadline() const;
  void on_alarm();
  void on_end_due();
  void watch_reading();
  void on_reading_due();
  void on_written(bool ok);
  void on_gone();
  void on_chunk(LlmChunk chunk);
  void stamp(LlmChunk& chunk, SteadyTime now) const;
  void on_end(const LlmOutcome& outcome, GenerationTimings timings);
  void start_engine();
  void settle(const LlmOutcome& outcome);
  void refuse(const grpc::Status& flaw);
  void measure(const LlmOutcome& outcome);
  void give_up(bool past_deadline);
  void end_operation(const std::function<void()>& react);

  Completion gone_{[this](bool) { on_gone(); }};
  Completion rang_{[this](bool) { on_alarm(); }};
  grpc::Alarm alarm_;
  Completion may_end_{[this](bool) { on_end_due(); }};
  grpc::Alarm end_alarm_;
  Completion reading_due_{[this](bool) { on_reading_due(); }};
  grpc::Alarm reading_alarm_;
  Place place_;
  SteadyTime deadline_;
  CallMeter meter_{core_.metrics};
  std::mutex mutex_;
  std::unique_ptr<Generation> generation_;
  SteadyTime arrived_at_;
  bool wants_timings_ = false;
  wire::TokenTally textless_;  ///< tokens that wait for the text after them
  bool stop_engine_ = false;
  bool end_set_ = false;
  bool end_due_ = false;
  bool held_ = false;
  bool watches_reading_ = false;
  SteadyTime read_at_;  ///< while held: when the client last took something
  int operations_ = 2;  ///< under way; at first the arrival and `gone_`
};

/// Microseconds of this machine's CLOCK_MONOTONIC, as clients are told them.
inline std::int64_t on_node_clock(SteadyTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// `finish_reason`, usage, node id and timings of an answer's last message.
template <typename Message>
void fill_finish(Message& message, const NodeCore& core, const LlmOutcome& outcome, const GenerationTimings& timings) {
  message.set_finish_reason(outcome.result.finish_reason);
  if (const auto& usage = outcome.result.usage) {
    ::llm::Usage& told = *message.mutable_usage();
    told.set_prompt_tokens(usage->prompt_tokens);
    told.set_completion_tokens(usage->completion_tokens);
    if (usage->cached_prompt_tokens) told.set_cached_prompt_tokens(*usage->cached_prompt_tokens);
    if (usage->reasoning_tokens) told.set_reasoning_tokens(*usage->reasoning_tokens);
  }
  message.set_node_id(core.node_id());
  message.mutable_timings()->set_queue_us(timings.queue_us);
  message.mutable_timings()->set_prefill_us(timings.prefill_us);
  message.mutable_timings()->set_decode_us(timings.decode_us);
}

}  // namespace wsdeep::llm

#include "llm/client/client_stream.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "llm.grpc.pb.h"
#include "llm/client/cookies.h"
#include "llm/client/metadata.h"
#include "llm/convert.h"
#include "llm/grpc_status.h"
#include "wire/think_tags.h"
#include "wire/token_tally.h"

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostWordsBytes = 1024;
constexpr std::int64_t kLongestRetryAfterMs = 3'600'000;
/// Of what is passed on in a frame.
constexpr std::size_t kMostNodeIdBytes = 256;
/// In one message; who says more does not count tokens.
constexpr int kMostTokens = 1'000'000;
constexpr const char* kStreamMethod = "/llm.LLMService/GenerateStream";

std::string_view view(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

void take_cookies(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata, CookieJar& jar) {
  const auto [begin, end] = metadata.equal_range("set-cookie");
  for (auto entry = begin; entry != end; ++entry) jar.take(view(entry->second));
}

std::string engine_words(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find(kEngineWords);
  return found == metadata.end() ? "" : well_formed_utf8(view(found->second).substr(0, kMostWordsBytes));
}

/// What a server asks for; hostile or senseless values say nothing.
std::optional<std::chrono::milliseconds> retry_after(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find(kRetryPushback);
  if (found == metadata.end()) return std::nullopt;
  const auto ms = parse_integer(view(found->second), 0, kLongestRetryAfterMs);
  return ms ? std::optional(std::chrono::milliseconds(*ms)) : std::nullopt;
}

/// Messages come as bytes: of a message that cannot be decoded gRPC says no more than that there is none, as at the
/// end.
using StreamStub = grpc::TemplatedGenericStub<::llm::LLMRequest, grpc::ByteBuffer>;
using StreamReader = grpc::ClientAsyncReaderWriter<::llm::LLMRequest, grpc::ByteBuffer>;

/// What gRPC needs for one try of a call.
struct StreamAttempt {
  grpc::ClientContext context;
  std::unique_ptr<StreamReader> reader;
  grpc::ByteBuffer message;
  grpc::Status status;
};

/// One call: start, read until there is no more, finish, one operation at a time. It owns itself from `open` until its
/// end, so that the call may outlive its LlmStream. Everything but `open`, `cancel` and `abandon` runs in the loop's
/// thread.
class StreamCall {
 public:
  StreamCall(StreamCarrier carrier, const LlmRequest& request, Deadline deadline, StreamEvents events)
      : carrier_(std::move(carrier)),
        request_(to_proto(request)),
        metadata_(request.metadata),
        sent_cookie_(request.sticky_cookie),
        connect_end_(std::chrono::steady_clock::now() + carrier_.connect_timeout),
        deadline_(deadline),
        events_(std::move(events)),
        wants_timings_(request.timings) {}

  void open(std::shared_ptr<StreamCall> self);
  void cancel();
  void abandon();

 private:
  void begin();
  void on_sent(bool ok);
  void read_or_finish(bool ok);
  void on_read(bool ok);
  bool take_message();
  void tell(LlmChunk&& chunk);
  void tell_text();
  void tell_part(std::string& text, bool reasoning);
  void tell_tokens();
  void take_tokens();
  void tell_rest();
  void on_finished();
  bool may_begin_again() const;
  void note_last(const ::llm::LLMResponse& response);
  LlmOutcome outcome_of(const grpc::Status& status) const;
  std::string fault_of_end() const;

  const StreamCarrier carrier_;
  const ::llm::LLMRequest request_;
  const Metadata metadata_;
  const std::string sent_cookie_;
  const SteadyTime connect_end_;
  const Deadline deadline_;
  StreamEvents events_;
  std::unique_ptr<StreamAttempt> attempt_;  ///< changed with the mutex held
  int attempts_ = 0;
  std::size_t sent_bytes_ = 0;
  ::llm::LLMResponse response_;
  bool any_message_ = false;
  bool any_text_ = false;
  bool complete_ = false;         ///< the last message has come
  bool undecodable_ = false;      ///< a message was not one
  wire::ThinkSplitter splitter_;  ///< of an older server's text
  bool separate_ = false;         ///< the server keeps reasoning and text apart
  const bool wants_timings_;
  wire::TokenTally tokens_;  ///< of the message that is being told, until a text has taken them
  LlmChunk told_{};          ///< its rooms are used again
  LlmResult result_;
  Completion sent_{[this](bool ok) { on_sent(ok); }};
  Completion read_{[this](bool ok) { on_read(ok); }};
  Completion finished_{[this](bool) { on_finished(); }};
  std::atomic<bool> cancelled_ = false;
  bool abandoned_ = false;  ///< the LlmStream is gone: nobody to call
  bool over_ = false;       ///< its end is told, or is being told
  std::shared_ptr<StreamCall> self_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
};

void StreamCall::open(std::shared_ptr<StreamCall> self) {
  self_ = std::move(self);
  begin();
}

void StreamCall::begin() {
  auto attempt = std::make_unique<StreamAttempt>();
  prepare(attempt->context, sent_cookie_, deadline_);
  add_metadata(attempt->context, metadata_);
  if (wants_timings_) attempt->context.AddMetadata(kTimings, "1");
  attempt->context.set_initial_metadata_corked(true);  // the head goes with the request, in one operation
  attempt->reader = StreamStub(carrier_.channel).PrepareCall(&attempt->context, kStreamMethod, &carrier_.loop->queue());
  ++attempts_;
  {
    const std::lock_guard lock(mutex_);
    attempt_ = std::move(attempt);
    if (cancelled_) attempt_->context.TryCancel();
  }
  attempt_->reader->StartCall(nullptr);
  attempt_->reader->WriteLast(request_, {}, &sent_);
}

void StreamCall::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  attempt_->context.TryCancel();
}

/// The stream's destructor: cancels, and waits for on_end, except in the thread that has to call it.
void StreamCall::abandon() {
  if (carrier_.loop->is_this_thread()) {
    abandoned_ = true;
    if (!over_) cancel();
    return;
  }
  std::unique_lock lock(mutex_);
  if (ended_) return;
  lock.unlock();
  cancel();
  lock.lock();
  ended_changed_.wait(lock, [this] { return ended_; });
}

void StreamCall::read_or_finish(bool ok) {
  if (ok)
    attempt_->reader->Read(&attempt_->message, &read_);
  else
    attempt_->reader->Finish(&attempt_->status, &finished_);
}

void StreamCall::on_sent(bool ok) {
  if (ok) sent_bytes_ = request_.ByteSizeLong();
  read_or_finish(ok);
}

void StreamCall::on_read(bool ok) {
  if (ok && events_.on_message && !abandoned_) events_.on_message(attempt_->message.Length());
  if (ok && !take_message()) {
    undecodable_ = true;
    attempt_->context.TryCancel();
  }
  read_or_finish(ok && !undecodable_);
}

bool StreamCall::take_message() {
  any_message_ = true;
  if (!grpc::SerializationTraits<::llm::LLMResponse>::Deserialize(&attempt_->message, &response_).ok()) return false;
  note_last(response_);
  take_tokens();
  tell_text();
  tell_tokens();
  return true;
}

/// Times that are not one for each token are none.
void StreamCall::take_tokens() {
  const int tokens = std::clamp(response_.tokens(), 0, kMostTokens);
  tokens_.count += tokens;
  if (!wants_timings_) return;
  const auto& offsets = response_.token_offsets_us();
  if (offsets.size() == tokens) tokens_.offsets_us.insert(tokens_.offsets_us.end(), offsets.begin(), offsets.end());
  if (response_.has_arrived_us() && response_.node_id().size() <= kMostNodeIdBytes)
    tokens_.arrival = {response_.node_id(), response_.arrived_us(), response_.queued_us()};
}

/// Those of a message without text.
void StreamCall::tell_tokens() {
  if (tokens_.empty() || abandoned_) return;
  LlmChunk rest;
  tokens_.give(rest);
  events_.on_chunk(std::move(rest));
}

void StreamCall::tell_text() {
  separate_ = separate_ || response_.has_reasoning_text();
  if (!separate_) {
    for (LlmChunk& chunk : splitter_.feed(response_.text())) tell(std::move(chunk));
    return;
  }
  if (response_.text_was_reasoning()) tell({"", true, true});
  tell_part(*response_.mutable_reasoning_text(), true);
  tell_part(*response_.mutable_text(), false);
}

/// Message after message fills the same chunk, so that one that is only looked at costs no allocation.
void StreamCall::tell_part(std::string& text, bool reasoning) {
  if (abandoned_ || text.empty()) return;
  told_.text.swap(text);
  told_.reasoning = reasoning;
  tokens_.give(told_);
  events_.on_chunk(std::move(told_));
}

void StreamCall::tell_rest() {
  if (separate_) return;
  const bool ended = attempt_->status.ok() && result_.finish_reason != "length";
  for (LlmChunk& chunk : splitter_.finish(ended)) tell(std::move(chunk));
}

void StreamCall::tell(LlmChunk&& chunk) {
  if (abandoned_ || (chunk.text.empty() && !chunk.was_reasoning)) return;
  tokens_.give(chunk);
  events_.on_chunk(std::move(chunk));
}

/// Keeps what a response says beside its text; an old server says nothing.
void StreamCall::note_last(const ::llm::LLMResponse& response) {
  if (!response.node_id().empty()) result_.node_id = response.node_id();
  if (!response.finish_reason().empty()) result_.finish_reason = response.finish_reason();
  if (response.has_usage()) result_.usage = from_proto(response.usage());
  if (response.has_timings()) result_.timings = from_proto(response.timings());
  complete_ = complete_ || response.is_complete();
  any_text_ = any_text_ || !response.text().empty() || !response.reasoning_text().empty();
}

void StreamCall::on_finished() {
  if (may_begin_again()) return begin();
  tell_rest();
  over_ = true;
  if (!abandoned_) {
    LlmOutcome outcome = outcome_of(without_own_reset(attempt_->status, connect_end_));
    if (outcome.draining) *carrier_.is_left = true;
    const StreamEvents events = std::move(events_);  // what they hold is gone before the end is told
    events.on_end(std::move(outcome));
  }
  const std::shared_ptr<StreamCall> self = std::move(self_);
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_changed_.notify_all();
}

bool StreamCall::may_begin_again() const {
  return attempts_ < kAttempts && !any_message_ && !cancelled_ && was_not_processed(attempt_->status);
}

LlmOutcome StreamCall::outcome_of(const grpc::Status& status) const {
  LlmOutcome outcome;
  outcome.result = result_;
  outcome.result.sticky_cookie = next_cookie(attempt_->context, sent_cookie_);
  outcome.sent_bytes = sent_bytes_;
  if (undecodable_ || status.ok()) {
    outcome.cause = fault_of_end();
    outcome.ok = outcome.cause.empty();
    if (!outcome.ok) outcome.broke = LlmBreak::kBadAnswer;
    if (outcome.ok && result_.finish_reason.empty()) outcome.result.finish_reason = "stop";
    return outcome;
  }
  outcome.fault = to_fault(status);
  // CANCELLED that was not asked for here is the other side's reset of the stream.
  if (outcome.fault == LlmFault::kCancelled && !cancelled_) outcome.fault = LlmFault::kUnavailable;
  outcome.cause = describe(status);
  outcome.words = engine_words(attempt_->context);
  outcome.retry_after = retry_after(attempt_->context);
  outcome.draining = attempt_->context.GetServerTrailingMetadata().count(kDrainingTrailer) > 0;
  outcome.broke = break_of(status);
  outcome.http_status = http_status_of(status);
  outcome.http_version = http_version_of(status);
  outcome.began_no_grpc = began_no_grpc(status);
  return outcome;
}

/// What is wrong with an end that has the status OK. A stream without is_complete is a whole one when it came from a
/// server that does not send it; who names its node does send it. One without any text came from nobody: what gRPC
/// cannot read of a message's frame it passes on as an empty message.
std::string StreamCall::fault_of_end() const {
  if (undecodable_) return "a message of the answer cannot be decoded: is this an llm.LLMService?";
  if (!complete_ && !any_text_) return "the answer ended without a text and without an end";
  if (!complete_ && !result_.node_id.empty()) return "the answer ended before its last message";
  return {};
}

class RunningStream final : public LlmStream {
 public:
  explicit RunningStream(std::shared_ptr<StreamCall> call) : call_(std::move(call)) {}
  ~RunningStream() override { call_->abandon(); }
  void cancel() override { call_->cancel(); }

 private:
  std::shared_ptr<StreamCall> call_;
};

}  // namespace

void prepare(grpc::ClientContext& context, const std::string& sticky_cookie, Deadline deadline) {
  context.set_deadline(deadline);
  const std::string cookie = CookieJar(sticky_cookie).header();
  if (!cookie.empty()) context.AddMetadata("cookie", cookie);
}

void add_metadata(grpc::ClientContext& context, const Metadata& metadata) {
  for (const auto& [name, value] : metadata) {
    if (const std::string fault = metadata_fault(name, value); !fault.empty()) throw Error(ErrorKind::kUsage, fault);
    context.AddMetadata(name, value);
  }
}

std::string next_cookie(const grpc::ClientContext& context, const std::string& sent) {
  CookieJar jar(sent);
  take_cookies(context.GetServerInitialMetadata(), jar);
  take_cookies(context.GetServerTrailingMetadata(), jar);
  return jar.header();
}

std::unique_ptr<LlmStream> open_stream(StreamCarrier carrier, const LlmRequest& request,
                                       std::chrono::milliseconds timeout, StreamEvents events) {
  const Deadline deadline = std::chrono::system_clock::now() + timeout;
  auto call = std::make_shared<StreamCall>(std::move(carrier), request, deadline, std::move(events));
  call->open(call);
  return std::make_unique<RunningStream>(std::move(call));
}

}  // namespace wsdeep::llm

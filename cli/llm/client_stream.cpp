#include "llm/client_stream.h"

#include <grpcpp/client_context.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "llm/convert.h"
#include "llm/cookies.h"

namespace wsdeep::llm {
namespace {

std::string_view view(grpc::string_ref text) {
  return {text.data(), text.size()};
}

void take_cookies(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata, CookieJar& jar) {
  const auto [begin, end] = metadata.equal_range("set-cookie");
  for (auto entry = begin; entry != end; ++entry) jar.take(view(entry->second));
}

/// One call: start, read until there is no more, finish, one operation at a time. It owns itself from `open` until its
/// end, so that the call may outlive its LlmStream. Everything but `open`, `cancel` and `abandon` runs in the loop's
/// thread.
class StreamCall {
 public:
  StreamCall(StreamCarrier carrier, const LlmRequest& request, StreamEvents events)
      : carrier_(std::move(carrier)),
        request_(to_proto(request)),
        sent_cookie_(request.sticky_cookie),
        events_(std::move(events)) {}

  void open(std::shared_ptr<StreamCall> self, std::chrono::milliseconds timeout);
  void cancel();
  void abandon();

 private:
  void read_or_finish(bool ok);
  void on_read(bool ok);
  void on_finished();
  void note_last(const ::llm::LLMResponse& response);
  LlmOutcome outcome_of(const grpc::Status& status) const;

  const StreamCarrier carrier_;
  const ::llm::LLMRequest request_;
  const std::string sent_cookie_;
  StreamEvents events_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReader<::llm::LLMResponse>> reader_;
  ::llm::LLMResponse response_;
  grpc::Status status_;
  LlmResult result_;
  Completion started_{[this](bool ok) { read_or_finish(ok); }};
  Completion read_{[this](bool ok) { on_read(ok); }};
  Completion finished_{[this](bool) { on_finished(); }};
  std::atomic<bool> cancelled_ = false;
  bool abandoned_ = false;  ///< the LlmStream is gone: nobody to call
  std::shared_ptr<StreamCall> self_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
};

void StreamCall::open(std::shared_ptr<StreamCall> self, std::chrono::milliseconds timeout) {
  self_ = std::move(self);
  prepare(context_, sent_cookie_, timeout);
  reader_ = carrier_.stub->PrepareAsyncGenerateStream(&context_, request_, &carrier_.loop->queue());
  reader_->StartCall(&started_);
}

void StreamCall::cancel() {
  cancelled_ = true;
  context_.TryCancel();
}

/// The stream's destructor: cancels, and waits for on_end, except in the thread that has to call it.
void StreamCall::abandon() {
  if (carrier_.loop->is_this_thread()) {
    abandoned_ = true;
    cancel();
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
    reader_->Read(&response_, &read_);
  else
    reader_->Finish(&status_, &finished_);
}

void StreamCall::on_read(bool ok) {
  if (ok) {
    note_last(response_);
    if (!response_.text().empty() && !abandoned_)
      events_.on_chunk({std::move(*response_.mutable_text()), response_.reasoning()});
    response_.Clear();
  }
  read_or_finish(ok);
}

/// Keeps what a response says beside its text; an old server says nothing.
void StreamCall::note_last(const ::llm::LLMResponse& response) {
  if (!response.node_id().empty()) result_.node_id = response.node_id();
  if (!response.finish_reason().empty()) result_.finish_reason = response.finish_reason();
  if (response.has_usage()) result_.usage = {response.usage().prompt_tokens(), response.usage().completion_tokens()};
}

void StreamCall::on_finished() {
  if (!abandoned_) {
    const StreamEvents events = std::move(events_);  // what they hold is gone before the end is told
    events.on_end(outcome_of(status_));
  }
  const std::shared_ptr<StreamCall> self = std::move(self_);
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_changed_.notify_all();
}

LlmOutcome StreamCall::outcome_of(const grpc::Status& status) const {
  LlmOutcome outcome;
  outcome.ok = status.ok();
  outcome.result = result_;
  outcome.result.sticky_cookie = next_cookie(context_, sent_cookie_);
  if (outcome.ok) {
    // A stream that ended without is_complete and without an error came from a server that does not send it.
    if (outcome.result.finish_reason.empty()) outcome.result.finish_reason = "stop";
    return outcome;
  }
  outcome.fault = to_fault(status);
  // CANCELLED that was not asked for here is the other side's reset of the stream.
  if (outcome.fault == LlmFault::kCancelled && !cancelled_) outcome.fault = LlmFault::kUnavailable;
  outcome.cause = describe(status);
  return outcome;
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

void prepare(grpc::ClientContext& context, const std::string& sticky_cookie, std::chrono::milliseconds timeout) {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  const std::string cookie = CookieJar(sticky_cookie).header();
  if (!cookie.empty()) context.AddMetadata("cookie", cookie);
}

std::string next_cookie(const grpc::ClientContext& context, const std::string& sent) {
  CookieJar jar(sent);
  take_cookies(context.GetServerInitialMetadata(), jar);
  take_cookies(context.GetServerTrailingMetadata(), jar);
  return jar.header();
}

std::unique_ptr<LlmStream> open_stream(StreamCarrier carrier, const LlmRequest& request,
                                       std::chrono::milliseconds timeout, StreamEvents events) {
  auto call = std::make_shared<StreamCall>(std::move(carrier), request, std::move(events));
  call->open(call, timeout);
  return std::make_unique<RunningStream>(std::move(call));
}

}  // namespace wsdeep::llm

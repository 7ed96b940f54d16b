#include "llm/client_stream.h"

#include <grpcpp/client_context.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

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

/// The reactor of one call. It owns itself from `open` until OnDone, so that the call may outlive its LlmStream.
/// gRPC calls one callback at a time.
class StreamCall final : public grpc::ClientReadReactor<::llm::LLMResponse> {
 public:
  StreamCall(std::shared_ptr<::llm::LLMService::Stub> stub, const LlmRequest& request, StreamEvents events)
      : stub_(std::move(stub)),
        request_(to_proto(request)),
        sent_cookie_(request.sticky_cookie),
        events_(std::move(events)) {}

  void open(std::shared_ptr<StreamCall> self, std::chrono::milliseconds timeout);
  void cancel();
  void abandon();

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  void note_last(const ::llm::LLMResponse& response);
  LlmOutcome outcome_of(const grpc::Status& status) const;
  template <typename Callback>
  void call(Callback callback);

  const std::shared_ptr<::llm::LLMService::Stub> stub_;
  const ::llm::LLMRequest request_;
  const std::string sent_cookie_;
  StreamEvents events_;
  grpc::ClientContext context_;
  ::llm::LLMResponse response_;
  LlmResult result_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> abandoned_ = false;  ///< the LlmStream is gone: nobody to call
  std::atomic<std::thread::id> calling_;
  std::shared_ptr<StreamCall> self_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
};

void StreamCall::open(std::shared_ptr<StreamCall> self, std::chrono::milliseconds timeout) {
  self_ = std::move(self);
  prepare(context_, sent_cookie_, timeout);
  stub_->async()->GenerateStream(&context_, &request_, this);
  StartRead(&response_);
  StartCall();
}

void StreamCall::cancel() {
  cancelled_ = true;
  context_.TryCancel();
}

/// The stream's destructor: cancels, and waits for on_end where waiting for it is possible.
void StreamCall::abandon() {
  if (calling_ == std::this_thread::get_id()) {
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

template <typename Callback>
void StreamCall::call(Callback callback) {
  calling_ = std::this_thread::get_id();
  if (!abandoned_) callback();
  calling_ = std::thread::id();
}

void StreamCall::OnReadDone(bool ok) {
  if (!ok) return;
  note_last(response_);
  if (!response_.text().empty())
    call([this] { events_.on_chunk({std::move(*response_.mutable_text()), response_.reasoning()}); });
  response_.Clear();
  StartRead(&response_);
}

/// Keeps what a response says beside its text; an old server says nothing.
void StreamCall::note_last(const ::llm::LLMResponse& response) {
  if (!response.node_id().empty()) result_.node_id = response.node_id();
  if (!response.finish_reason().empty()) result_.finish_reason = response.finish_reason();
  if (response.has_usage()) result_.usage = {response.usage().prompt_tokens(), response.usage().completion_tokens()};
}

void StreamCall::OnDone(const grpc::Status& status) {
  call([&] {
    const StreamEvents events = std::move(events_);
    if (events.on_end) events.on_end(outcome_of(status));
  });
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

std::unique_ptr<LlmStream> open_stream(std::shared_ptr<::llm::LLMService::Stub> stub, const LlmRequest& request,
                                       std::chrono::milliseconds timeout, StreamEvents events) {
  auto call = std::make_shared<StreamCall>(std::move(stub), request, std::move(events));
  call->open(call, timeout);
  return std::make_unique<RunningStream>(std::move(call));
}

}  // namespace wsdeep::llm

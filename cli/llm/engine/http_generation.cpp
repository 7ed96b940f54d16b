#include "llm/engine/http_generation.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "net/retry_after.h"

namespace wsdeep::llm {
namespace {

LlmFault fault_of(net::TransportFault fault) {
  switch (fault) {
    case net::TransportFault::kCancelled:
      return LlmFault::kCancelled;
    case net::TransportFault::kTimeout:
      return LlmFault::kTimeout;
    case net::TransportFault::kTls:
    case net::TransportFault::kOther:
      return LlmFault::kInternal;
    default:
      return LlmFault::kUnavailable;
  }
}

/// How the body of an answer with these headers ends when its connection does.
BodyEnd end_of(const net::Headers& headers) {
  const bool framed = net::header(headers, "Transfer-Encoding") || net::header(headers, "Content-Length");
  return framed ? BodyEnd::kFramed : BodyEnd::kUnframed;
}

std::vector<LlmChunk> joined(std::vector<LlmChunk> chunks) {
  std::vector<LlmChunk> out;
  for (LlmChunk& chunk : chunks) {
    if (out.empty() || chunk.was_reasoning || out.back().was_reasoning || out.back().reasoning != chunk.reasoning) {
      out.push_back(std::move(chunk));
    } else {
      out.back().text += chunk.text;
      out.back().tokens += chunk.tokens;
    }
  }
  return out;
}

class OwnedGeneration final : public Generation {
 public:
  OwnedGeneration(std::shared_ptr<HttpGeneration> generation, net::HttpStreams::Stream stream)
      : generation_(std::move(generation)), stream_(std::move(stream)) {}
  ~OwnedGeneration() override { generation_->abandon(); }
  OwnedGeneration(const OwnedGeneration&) = delete;
  OwnedGeneration& operator=(const OwnedGeneration&) = delete;

  void cancel() override { generation_->cancel(); }
  void hold(bool held) override { stream_.hold(held); }

 private:
  std::shared_ptr<HttpGeneration> generation_;
  net::HttpStreams::Stream stream_;
};

}  // namespace

HttpGeneration::HttpGeneration(ActiveCount active, EngineEvents events, std::string request_id, std::string about_key)
    : active_(std::move(active)),
      request_id_(std::move(request_id)),
      answer_(std::move(about_key)),
      events_(std::move(events)),
      arrived_(std::chrono::steady_clock::now()) {
  ++*active_;
}

net::HttpStreams::Stream HttpGeneration::start(net::HttpStreams& streams, net::HttpCall call) {
  const auto self = shared_from_this();
  call.cancel = stop_.get_token();
  call.on_head = [self](const net::HttpResponse& head) { self->begin(head); };
  call.on_data = [self](std::string_view bytes) { return self->read(bytes); };
  call.on_pause = [self] { self->tell(); };
  asked_ = std::chrono::steady_clock::now();
  return streams.start(std::move(call),
                       [self](const net::HttpResponse&, const net::TransportError* error) { self->finish(error); });
}

void HttpGeneration::refuse(net::HttpStreams& streams, LlmOutcome outcome) {
  streams.post([self = shared_from_this(), refusal = std::move(outcome)] { self->end(refusal); });
}

void HttpGeneration::cancel() {
  stop(false);
}

void HttpGeneration::abandon() {
  stop(true);
  std::unique_lock lock(mutex_);
  if (calling_ && thread_ == std::this_thread::get_id()) return;
  called_.wait(lock, [this] { return !calling_; });
}

/// After its end an exchange is left alone, so that its connection can be used again.
void HttpGeneration::stop(bool abandon) {
  {
    const std::lock_guard lock(mutex_);
    leave();
    cancelled_ = true;
    abandoned_ = abandoned_ || abandon;
    if (over_) return;
  }
  stop_.request_stop();
}

void HttpGeneration::begin(const net::HttpResponse& head) {
  head_ = head.headers;
  began_ = head.status / 100 == 2;
  answer_.begin(head.status, net::retry_after(head.headers, std::chrono::system_clock::now()));
}

/// False when nothing that may follow is of interest; the end has been told then.
bool HttpGeneration::read(std::string_view bytes) {
  try {
    const bool goes_on = answer_.take(bytes);
    if (!goes_on) finish(nullptr);
    return goes_on;
  } catch (const std::exception& error) {
    tell();
    end(failure(LlmFault::kInternal, fmt::format("the engine's answer cannot be read: {}", error.what())));
    return false;
  }
}

void HttpGeneration::finish(const net::TransportError* error) {
  if (over_) return;  // no other thread writes it
  const bool broken = error != nullptr && !answer_.stands();
  LlmOutcome outcome =
      answer_.finish(broken ? BodyEnd::kBroken : end_of(head_), net::header(head_, "Location").value_or(""));
  // Of an answer that began, and whose connection ended, the answer knows best that it was cut off.
  const bool cut_off = broken && began_ && error->fault() == net::TransportFault::kBroken;
  if (broken && !cut_off && outcome.words.empty()) outcome = failure(fault_of(error->fault()), error->what());
  tell();
  if (answer_.ignored() > 0)
    log_warn("parts of the engine's answer were left out", {{"parts", answer_.ignored()}, {"requestId", request_id_}});
  end(std::move(outcome));
}

/// What came together goes on together. Nobody who has cancelled wants to hear more.
void HttpGeneration::tell() {
  std::vector<LlmChunk> chunks = joined(answer_.take_chunks());
  if (chunks.empty()) return;
  last_ = std::chrono::steady_clock::now();
  if (first_ == SteadyTime{}) first_ = last_;
  std::unique_lock lock(mutex_);
  for (LlmChunk& chunk : chunks)
    if (!cancelled_) call(lock, [&] { events_.on_chunk(std::move(chunk)); });
}

void HttpGeneration::end(LlmOutcome outcome) {
  std::unique_lock lock(mutex_);
  if (std::exchange(over_, true)) return;
  if (cancelled_) outcome = failure(LlmFault::kCancelled, "cancelled");
  leave();
  call(lock, [&] {
    events_.on_end(std::move(outcome), {microseconds_between(arrived_, asked_), microseconds_between(asked_, first_),
                                        microseconds_between(first_, last_)});
  });
  const EngineEvents gone = std::exchange(events_, {});
  lock.unlock();  // what they hold dies where no lock is held
}

/// Calls without the lock, unless nobody is there any more.
void HttpGeneration::call(std::unique_lock<std::mutex>& lock, const std::function<void()>& callback) {
  if (abandoned_) return;
  calling_ = true;
  thread_ = std::this_thread::get_id();
  lock.unlock();
  callback();
  lock.lock();
  calling_ = false;
  if (abandoned_) called_.notify_all();
}

void HttpGeneration::leave() {
  if (std::exchange(is_active_, false)) --*active_;
}

std::unique_ptr<Generation> own(std::shared_ptr<HttpGeneration> generation, net::HttpStreams::Stream stream) {
  return std::make_unique<OwnedGeneration>(std::move(generation), std::move(stream));
}

}  // namespace wsdeep::llm

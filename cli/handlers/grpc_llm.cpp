#include "handlers/grpc_llm.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace wsdeep::handlers {
namespace {

/// What a server cannot say better, as those that know only INTERNAL cannot, is still its failure and not ours.
std::string category_of(llm::LlmFault fault) {
  switch (fault) {
    case llm::LlmFault::kUnavailable:
    case llm::LlmFault::kMisconfigured:
    case llm::LlmFault::kCutOff:
    case llm::LlmFault::kInternal:
      return "llm_unavailable";
    case llm::LlmFault::kOverloaded:
      return "llm_overloaded";
    case llm::LlmFault::kTimeout:
      return "llm_timeout";
    case llm::LlmFault::kCancelled:
      return "cancelled";
    case llm::LlmFault::kInvalid:
      return "invalid_input";
  }
  return "internal";
}

/// Gathers what gRPC's threads deliver until the reading thread takes it.
class Reader final : public chat::LlmReader {
 public:
  Reader(llm::Client& client, LlmRequest request, std::chrono::milliseconds timeout)
      : client_(client), request_(std::move(request)), timeout_(timeout) {
    start();
  }

  Event next(SteadyTime until) override {
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, until, [&] { return !chunks_.empty() || outcome_; });
    if (!chunks_.empty()) return {State::kText, std::exchange(chunks_, {}), {}, {}};
    if (!outcome_) return {};
    if (outcome_->ok) return {State::kEnded, {}, outcome_->result, {}};
    if (retry_without_cookie()) {
      lock.unlock();
      start();
      return {};
    }
    return {State::kFailed, {}, {}, {category_of(outcome_->fault), outcome_->cause, outcome_->words}};
  }

 private:
  void start() {
    stream_.reset();
    outcome_.reset();
    llm::StreamEvents events;
    events.on_chunk = [this](LlmChunk chunk) {
      const std::lock_guard lock(mutex_);
      any_text_ = true;
      chunks_.push_back(std::move(chunk));
      arrived_.notify_one();
    };
    events.on_end = [this](llm::LlmOutcome outcome) {
      const std::lock_guard lock(mutex_);
      outcome_ = std::move(outcome);
      arrived_.notify_one();
    };
    stream_ = client_.start(request_, timeout_, std::move(events));
  }

  /// Called with the lock held, after the stream has ended.
  bool retry_without_cookie() {
    if (any_text_ || request_.sticky_cookie.empty() || outcome_->fault != llm::LlmFault::kUnavailable) return false;
    request_.sticky_cookie.clear();
    return true;
  }

  llm::Client& client_;
  LlmRequest request_;
  std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<LlmChunk> chunks_;
  bool any_text_ = false;
  std::optional<llm::LlmOutcome> outcome_;
  std::unique_ptr<llm::LlmStream> stream_;  // last: its end waits for callbacks that use the members above
};

}  // namespace

std::unique_ptr<chat::LlmReader> GrpcLlm::start(const LlmRequest& request, std::chrono::milliseconds timeout) {
  LlmRequest asked = request;
  if (asked.model.empty()) asked.model = model_;
  return std::make_unique<Reader>(client_, std::move(asked), timeout);
}

}  // namespace wsdeep::handlers

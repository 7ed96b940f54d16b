#include "handlers/grpc_llm.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "llm/client/second_try.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;

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
  Reader(llm::Client& client, LlmRequest request, milliseconds timeout)
      : client_(client), request_(std::move(request)), deadline_(std::chrono::steady_clock::now() + timeout) {
    start();
  }

  Event next(SteadyTime until) override {
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, std::min(until, again_at_.value_or(until)), [&] { return !chunks_.empty() || outcome_; });
    if (!chunks_.empty()) return {State::kText, std::exchange(chunks_, {}), {}, {}};
    if (again_at_ && std::chrono::steady_clock::now() >= *again_at_) {
      lock.unlock();
      try_again();
      return {};
    }
    if (!outcome_) return {};
    if (outcome_->ok) return {State::kEnded, {}, outcome_->result, {}};
    return plan_second_try() ? Event() : Event{State::kFailed, {}, {}, failure()};
  }

 private:
  milliseconds left() const { return std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now()); }

  void start() {
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
    stream_ = client_.start(request_, left(), std::move(events));
  }

  void try_again() {
    stream_.reset();
    again_at_.reset();
    request_.sticky_cookie.clear();
    start();
  }

  /// Called with the lock held, after the stream has ended.
  bool plan_second_try() {
    if (any_text_ || std::exchange(tried_, true)) return false;
    const auto pause = llm::second_try_in(*outcome_, !request_.sticky_cookie.empty(), left());
    if (!pause) return false;
    outcome_.reset();
    again_at_ = std::chrono::steady_clock::now() + *pause;
    return true;
  }

  chat::LlmFailure failure() const {
    return {category_of(outcome_->fault), outcome_->cause, outcome_->words, outcome_->retry_after,
            any_text_ && llm::hands_over(*outcome_)};
  }

  llm::Client& client_;
  LlmRequest request_;
  const SteadyTime deadline_;
  std::optional<SteadyTime> again_at_;  ///< the second try begins then
  bool tried_ = false;                  ///< there is none any more
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<LlmChunk> chunks_;
  bool any_text_ = false;
  std::optional<llm::LlmOutcome> outcome_;
  std::unique_ptr<llm::LlmStream> stream_;  // last: its end waits for callbacks that use the members above
};

}  // namespace

std::unique_ptr<chat::LlmReader> GrpcLlm::start(const LlmRequest& request, std::chrono::milliseconds timeout) {
  return std::make_unique<Reader>(client_, request, timeout);
}

}  // namespace wsdeep::handlers

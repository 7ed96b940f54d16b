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

/// An instance takes minutes; each try is a line in the log, and keeps up what wakes the fleet.
constexpr milliseconds kAskAgainForNode{5000};

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

/// A load balancer without a target that it may use answers 503 itself, in HTTP and without a grpc-status:
/// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
bool found_no_node(const llm::LlmOutcome& outcome) {
  return !outcome.ok && outcome.broke == llm::LlmBreak::kHttpStatus && outcome.http_status == 503;
}

/// Gathers what gRPC's threads deliver until the reading thread takes it.
class Reader final : public chat::LlmReader {
 public:
  Reader(llm::Client& client, LlmRequest request, milliseconds timeout, const std::function<void()>& on_no_node)
      : client_(client),
        request_(std::move(request)),
        on_no_node_(on_no_node),
        deadline_(std::chrono::steady_clock::now() + timeout) {
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
    if (plan_second_try()) return {};
    if (!any_text_ && found_no_node(*outcome_) && left() > kAskAgainForNode) return ask_for_node_later();
    return {State::kFailed, {}, {}, failure()};
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

  /// As above.
  Event ask_for_node_later() {
    Event event{State::kNoNode, {}, {}, failure()};
    outcome_.reset();
    tried_ = false;
    again_at_ = std::chrono::steady_clock::now() + kAskAgainForNode;
    if (on_no_node_) on_no_node_();
    return event;
  }

  chat::LlmFailure failure() const {
    return {category_of(outcome_->fault), outcome_->cause, outcome_->words, outcome_->retry_after,
            any_text_ && llm::hands_over(*outcome_)};
  }

  llm::Client& client_;
  LlmRequest request_;
  const std::function<void()>& on_no_node_;
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
  return std::make_unique<Reader>(client_, request, timeout, on_no_node_);
}

}  // namespace wsdeep::handlers

#include "local/gateway/disconnects.h"

#include "base/log.h"

namespace wsdeep::local {
namespace {

constexpr int kAtOnce = 64;
constexpr int kMaxFailures = 3;
constexpr std::chrono::milliseconds kPause{200};

}  // namespace

void Disconnects::tell(std::string event) {
  if (function_.empty()) return;
  waiting_.push_back({std::move(event)});
  pump();
}

void Disconnects::pump() {
  while (!pause_ && !waiting_.empty() && under_way_ < kAtOnce) {
    Telling telling = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    std::string event = telling.event;
    lambda_.invoke(function_, std::move(event),
                   [this, telling = std::move(telling)](const InvokeResult& result) { on_told(telling, result); });
  }
}

void Disconnects::on_told(Telling telling, const InvokeResult& result) {
  using Kind = InvokeResult::Kind;
  --under_way_;
  if (result.kind == Kind::kAnswer) return pump();
  if (result.kind != Kind::kThrottled && ++telling.failures >= kMaxFailures) {
    log_warn("nobody takes the end of a connection", {{"function", function_}, {"error", result.error.message}});
    return pump();
  }
  waiting_.push_back(std::move(telling));
  if (pause_) return;
  pause_ = loop_.after(kPause, [this] {
    const auto self = std::move(pause_);
    pump();
  });
}

}  // namespace wsdeep::local

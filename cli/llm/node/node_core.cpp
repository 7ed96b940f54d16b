#include "llm/node/node_core.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/version.h"

namespace wsdeep::llm {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

std::string NodeCore::node_id() const {
  return configured_id_.empty() ? fmt::format("{}:{}", host_name(), port) : configured_id_;
}

NodeHealth NodeCore::health() const {
  const EngineStatus status = engine->status();
  const std::vector<std::string> models = engine->models();
  NodeHealth health;
  health.status = status_words(status);
  if (health.status.empty()) health.status = "unhealthy";
  health.node_id = node_id();
  health.model = models.empty() ? "" : models.front();
  health.engine = engine->name();
  const AdmissionStatus busy = admission.status(status.slots);
  health.slots = busy.slots;
  health.active = busy.running;
  health.queued = busy.waiting;
  health.load = busy.load();
  health.completed = metrics.completed();
  health.cancelled = metrics.cancelled();
  health.failed = metrics.failed();
  health.draining = phase_ != DrainPhase::kServing;
  health.ttft_p50_us = metrics.recent_first_tokens.quantile(0.5, clock.steady_now());
  health.version = version();
  health.kv_use = engine_page.latest()->readings.kv_use;
  return health;
}

/// Why the node does not serve, or `healthy`.
std::string NodeCore::status_words(const EngineStatus& engine_status) const {
  if (phase_ == DrainPhase::kServing) return engine_status.healthy ? "healthy" : engine_status.reason;
  const std::lock_guard lock(mutex_);
  return fmt::format("{}: {}", name_of(phase_), cause_);
}

void NodeCore::show(DrainPhase phase, const std::string& cause) {
  {
    const std::lock_guard lock(mutex_);
    phase_ = phase;
    cause_ = cause;
  }
  if (phase == DrainPhase::kServing) admission.open();
  if (phase != DrainPhase::kServing && phase != DrainPhase::kLeaving) admission.close();
}

void NodeCore::call_began(RunningCall& call) {
  const std::lock_guard lock(mutex_);
  calls_.insert(&call);
}

void NodeCore::call_ended(RunningCall& call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.erase(&call);
    if (!calls_.empty()) return;
  }
  on_idle();
}

int NodeCore::running() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(calls_.size());
}

/// With the lock held, so that no call goes meanwhile: each leaves this set before it deletes itself.
int NodeCore::hand_over_calls() {
  const std::lock_guard lock(mutex_);
  for (RunningCall* call : calls_) call->hand_over();
  return static_cast<int>(calls_.size());
}

}  // namespace wsdeep::llm

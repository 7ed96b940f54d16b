#include "llm/node/node_core.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

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
  health.status = draining ? "draining" : status.healthy ? "healthy" : status.reason;
  if (health.status.empty()) health.status = "unhealthy";
  health.node_id = node_id();
  health.model = models.empty() ? "" : models.front();
  health.engine = engine->name();
  const AdmissionStatus busy = admission.status(status.slots);
  health.slots = busy.slots;
  health.active = busy.running;
  health.queued = busy.waiting;
  health.completed = completed;
  health.cancelled = cancelled;
  health.failed = failed;
  return health;
}

void NodeCore::call_began() {
  const std::lock_guard lock(mutex_);
  ++calls_;
}

void NodeCore::call_ended() {
  const std::lock_guard lock(mutex_);
  if (--calls_ == 0) idle_.notify_all();
}

void NodeCore::wait_until_idle(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, longest, [this] { return calls_ == 0; });
}

}  // namespace wsdeep::llm

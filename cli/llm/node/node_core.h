#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "llm/engine/engine.h"
#include "llm/node/admission.h"
#include "llm/node_health.h"

/// What the calls of a node share. Private to cli/llm.
namespace wsdeep::llm {

class NodeCore {
 public:
  NodeCore(std::unique_ptr<Engine> served, std::string id, bool sets_cookie, const AdmissionOptions& admitting)
      : engine(std::move(served)),
        set_cookie(sets_cookie),
        admission(admitting, clock),
        configured_id_(std::move(id)) {}

  /// The configured one, or host name and port.
  std::string node_id() const;
  NodeHealth health() const;
  /// The engine is well, and the node takes calls.
  bool is_serving() const { return !draining && engine->status().healthy; }

  /// A call is counted from its arrival until nothing of it is left.
  void call_began();
  void call_ended();
  void wait_until_idle(std::chrono::milliseconds longest);
  /// What health, metrics and scaling ask.
  AdmissionStatus busy() const { return admission.status(engine->status().slots); }

  const std::unique_ptr<Engine> engine;
  const bool set_cookie;
  const SystemClock clock;
  Admission admission;
  int port = 0;  ///< written once, before the first call
  std::atomic<bool> draining = false;
  std::atomic<std::int64_t> completed = 0;
  std::atomic<std::int64_t> cancelled = 0;
  std::atomic<std::int64_t> failed = 0;

 private:
  const std::string configured_id_;
  std::mutex mutex_;
  std::condition_variable idle_;
  int calls_ = 0;
};

}  // namespace wsdeep::llm

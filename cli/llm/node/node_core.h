#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_set>

#include "base/clock.h"
#include "llm/engine/engine.h"
#include "llm/node/admission.h"
#include "llm/node/drain.h"
#include "llm/node/engine_page_watch.h"
#include "llm/node/given_up_calls.h"
#include "llm/node/metrics.h"
#include "llm/node_health.h"

/// What the calls of a node share. Private to cli/llm.
namespace wsdeep::llm {

/// A generation call, as the node's life sees it.
class RunningCall {
 public:
  virtual ~RunningCall() = default;
  /// Ends it with UNAVAILABLE, so that its client goes on at another node; text that waits still goes out.
  virtual void hand_over() = 0;
};

class NodeCore {
 public:
  NodeCore(std::unique_ptr<Engine> served, std::string id, bool sets_cookie, const AdmissionOptions& admitting,
           bool reads_engine_page, std::chrono::milliseconds patience)
      : engine(std::move(served)),
        engine_page(*engine, reads_engine_page),
        set_cookie(sets_cookie),
        reading_patience(patience),
        admission(admitting, clock),
        configured_id_(std::move(id)) {}

  /// The configured one, or host name and port.
  std::string node_id() const;
  NodeHealth health() const;
  /// The engine is well, and the node means to stay.
  bool is_serving() const { return phase_ == DrainPhase::kServing && engine->status().healthy; }
  /// Clients have heard GOAWAY.
  bool is_draining() const { return phase_ == DrainPhase::kDraining || phase_ == DrainPhase::kEnding; }
  void show(DrainPhase phase, const std::string& cause);

  /// What health, metrics and scaling ask.
  AdmissionStatus busy() const { return admission.status(engine->status().slots); }

  /// A call is here from its arrival until nothing of it is left.
  void call_began(RunningCall& call);
  void call_ended(RunningCall& call);
  int running() const;
  /// How many calls it told.
  int hand_over_calls();
  /// To be told when the last call has ended; set before the first one.
  std::function<void()> on_idle;

  const std::unique_ptr<Engine> engine;
  const EnginePageWatch engine_page;
  const bool set_cookie;
  const std::chrono::milliseconds reading_patience;
  const SystemClock clock;
  Admission admission;
  int port = 0;  ///< written once, before the first call
  NodeMetrics metrics;
  GivenUpCalls given_up;

 private:
  std::string status_words(const EngineStatus& engine_status) const;

  const std::string configured_id_;
  std::atomic<DrainPhase> phase_ = DrainPhase::kServing;
  mutable std::mutex mutex_;
  std::string cause_;  ///< why the node goes
  std::unordered_set<RunningCall*> calls_;
};

}  // namespace wsdeep::llm

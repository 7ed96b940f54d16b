#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "llm/client/client.h"
#include "load/measure/cancel_figures.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Asks the nodes what became of cancelled turns: every 50 ms, while any is not known. The record of one is told when
/// its node has said when the slot was free, or has not for five seconds.
class CancelEffect {
 public:
  /// `nodes` are single nodes, not balancers. `clock` and `sink` outlive this.
  CancelEffect(std::vector<llm::ClientTarget> nodes, const RunClock& clock, RecordSink& sink);
  ~CancelEffect();
  CancelEffect(const CancelEffect&) = delete;
  CancelEffect& operator=(const CancelEffect&) = delete;

  /// `received`: tokens that had come when it was cancelled.
  void add(TurnRecord record, const std::string& request_id, std::int64_t received);
  /// Waits until all are known or time is over, for them or by `stop`; all have been told then.
  void finish(const std::stop_token& stop);
  CancelFigures figures() const;

 private:
  struct Pending {
    TurnRecord record;
    std::int64_t received = 0;
    SteadyTime until;
  };

  void run(const std::stop_token& stop);
  void ask(llm::Client& node);
  std::vector<std::string> pending() const;
  void take(const llm::GivenUpCall& call, SteadyTime asked, SteadyTime answered);
  void tell(std::vector<Pending> over);
  std::vector<Pending> take_overdue(SteadyTime now);

  const RunClock& clock_;
  RecordSink& sink_;
  std::stop_source at_once_;  ///< ends what is being asked
  std::vector<std::unique_ptr<llm::Client>> nodes_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<std::string, Pending> pending_;  ///< by request_id
  CancelFigures figures_;
  std::jthread thread_;  ///< from the first one on
};

}  // namespace wsdeep::load

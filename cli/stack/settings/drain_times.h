#pragma once

#include <cstdint>

/// How long each part of a leaving node may take. All of them come from `llm.drain_seconds`, the time for running
/// answers, and each outlasts the one before it, so that none is cut off by who waits for it:
///
///   the node's answers < the node's own stop < the engine's stop < deregistration delay < lifecycle hook
namespace wsdeep::stack {

struct DrainTimes {
  std::int64_t lame_duck;       ///< before the node refuses calls: the load balancer has to see that it goes
  std::int64_t grace;           ///< for running answers
  std::int64_t node_stop;       ///< systemd's, for the node
  std::int64_t engine_stop;     ///< docker's and vLLM's, for the engine
  std::int64_t engine_unit;     ///< systemd's, for the engine
  std::int64_t deregistration;  ///< the target group's
  std::int64_t hook;            ///< Auto Scaling's
};

/// The health check's interval × its unhealthy threshold, and one time-out (templates/fleet.yaml).
constexpr std::int64_t kLameDuckSeconds = 25;
/// A target group delays the deregistration by one hour at most.
constexpr std::int64_t kMaxDrainSeconds = 3500;

constexpr DrainTimes drain_times(std::int64_t drain_seconds) {
  const std::int64_t node_stop = kLameDuckSeconds + drain_seconds + 10;
  return {.lame_duck = kLameDuckSeconds,
          .grace = drain_seconds,
          .node_stop = node_stop,
          .engine_stop = node_stop + 5,
          .engine_unit = node_stop + 15,
          .deregistration = node_stop + 25,
          .hook = node_stop + 85};
}

}  // namespace wsdeep::stack

#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// One exchange with a node whose clock is to be known: µs, ours on our CLOCK_MONOTONIC, the node's on its own.
struct ClockSample {
  Micros sent = 0;
  Micros node_received = 0;
  Micros node_sent = 0;
  Micros received = 0;

  /// What the exchange took on the way, both ways together.
  Micros round_trip() const { return (received - sent) - (node_sent - node_received); }
  /// The node's clock minus ours, as if both ways had taken the same time: wrong by half the round trip at most.
  Micros offset() const { return ((node_received - sent) + (node_sent - received)) / 2; }
};

/// What is known of a node's clock: it is `offset` before ours, give or take `error`.
struct ClockOffset {
  std::string node;
  Micros offset = 0;
  Micros error = 0;
  std::uint64_t samples = 0;

  bool operator==(const ClockOffset&) const = default;
};

/// What exchanges have told of the nodes' clocks. May be called from any thread.
class ClockOffsets {
 public:
  /// Of samples so near to an instant the one with the least round trip is taken: later the clocks have drifted apart.
  static constexpr Micros kWindow = 15LL * 1'000'000;

  /// False for one that cannot be: its answer left before the question came, or took less than no time.
  bool add(const std::string& node, const ClockSample& sample);
  /// At this instant of our clock; nothing when there is no sample near it.
  std::optional<ClockOffset> at(const std::string& node, Micros instant) const;
  /// The best of each node's, by name.
  std::vector<ClockOffset> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<ClockSample>> samples_;  ///< by node, as they came
};

}  // namespace wsdeep::load

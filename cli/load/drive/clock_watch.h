#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "llm/client/target.h"
#include "load/measure/clock_offsets.h"

namespace wsdeep::load {

/// Asks nodes every five seconds what time it is for them, each in a thread of its own. Behind a balancer each answer
/// counts for the node that gave it.
class ClockWatch {
 public:
  explicit ClockWatch(const std::vector<llm::ClientTarget>& nodes);
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

  /// Asks no further, at once: a question that is under way is given up.
  void stop();
  const ClockOffsets& offsets() const { return offsets_; }

 private:
  class Asked;

  ClockOffsets offsets_;
  std::stop_source stop_;
  std::vector<std::unique_ptr<Asked>> asked_;
};

}  // namespace wsdeep::load

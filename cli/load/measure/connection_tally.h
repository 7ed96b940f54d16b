#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "load/measure/connection_use.h"
#include "load/measure/distribution.h"
#include "load/measure/metric.h"
#include "load/measure/window.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Connections of a run, those of its preparation too: how long each phase of their opening took, and how they closed.
class ConnectionTally {
 public:
  void add(const ConnectionRecord& record);

  std::uint64_t opened() const { return opened_; }
  std::uint64_t failed() const { return failed_; }
  const std::map<int, std::uint64_t>& close_codes() const { return close_codes_; }
  /// What they had of this window, which is on the run's clock.
  ConnectionUse use_in(const Window& window) const;
  /// Its phases' distributions into those of a slice.
  void add_to(std::array<Distribution, kMetrics>& metrics) const;

 private:
  /// Of one that opened.
  struct Span {
    Micros opened;
    Micros closed;  ///< kNever: the run ended before
    Micros upgrade_us;
  };

  void keep_span(const ConnectionRecord& record);
  void phase(Metric metric, Micros from, Micros to);

  std::map<Metric, Distribution> phases_;
  std::map<int, std::uint64_t> close_codes_;
  std::vector<Span> spans_;
  std::uint64_t messages_ = 0;
  std::uint64_t opened_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace wsdeep::load

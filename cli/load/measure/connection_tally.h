#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "load/measure/distribution.h"
#include "load/measure/metric.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Connections of a run, those of its preparation too: how long each phase of their opening took, and how they closed.
class ConnectionTally {
 public:
  void add(const ConnectionRecord& record);

  std::uint64_t opened() const { return opened_; }
  std::uint64_t failed() const { return failed_; }
  const std::map<int, std::uint64_t>& close_codes() const { return close_codes_; }
  /// Its phases' distributions into those of a slice.
  void add_to(std::array<Distribution, kMetrics>& metrics) const;

 private:
  void phase(Metric metric, Micros from, Micros to);

  std::map<Metric, Distribution> phases_;
  std::map<int, std::uint64_t> close_codes_;
  std::uint64_t opened_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace wsdeep::load

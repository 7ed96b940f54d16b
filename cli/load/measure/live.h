#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/distribution.h"
#include "load/measure/levels_so_far.h"
#include "load/measure/run_log.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// How one node does. What is recent is of the turns that ended in the last ten seconds.
struct LiveNode {
  std::string name;         ///< kNoNode: nobody said it
  std::uint64_t turns = 0;  ///< so far
  std::uint64_t bad = 0;    ///< of them: refused, failed or cut off
  std::uint64_t recent = 0;
  std::uint64_t recent_bad = 0;
  std::optional<Quantile> ttft_p50{};  ///< recent
  Micros last_good = kNever;           ///< when its last answer came whole, on the schedule
};

/// A run as it goes.
struct Live {
  Second last;  ///< the last whole second, of the turns that ended in it
  Tally so_far;
  std::map<std::string, std::uint64_t> errors{};             ///< so far: why turns were refused, failed or cut off
  std::optional<Quantile> ttft_p50{}, ttft_p99{};            ///< of the last ten seconds
  std::optional<Quantile> frame_gap_p50{}, frame_gap_p99{};  ///< likewise
  std::vector<LiveNode> nodes{};                             ///< in the order in which they were first heard of
  std::vector<LevelResult> levels{};                         ///< as they stand
};

/// Makes it, each time of what is new since the time before: who tells turns pays nothing for it.
class LiveLook {
 public:
  /// The log outlives it.
  explicit LiveLook(const RunLog& log) : log_(log), levels_(log) {}

  /// `now` is on the schedule.
  Live look(Micros now);

 private:
  void catch_up(Micros now);
  void count(const KeptTurn& turn);

  const RunLog& log_;
  LevelsSoFar levels_;
  std::size_t counted_ = 0;  ///< turns of the log
  std::map<std::string, std::uint64_t> errors_;
  std::vector<LiveNode> nodes_;  ///< by their numbers in the log; what is recent is not kept
};

}  // namespace wsdeep::load

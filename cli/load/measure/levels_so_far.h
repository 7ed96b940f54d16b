#pragma once

#include <vector>

#include "load/measure/kept_turn.h"
#include "load/measure/run_log.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// The levels as they stand while the run goes on, of the turns that have ended so far; rates are those of the last
/// seconds. Each turn is counted once, so that a look costs as much at a run's end as at its begin. What cannot be had
/// so, such as stickiness or the times between tokens, is undecided until the end; and where the warm-up is to be
/// found, it is not left out yet.
class LevelsSoFar {
 public:
  /// The log outlives it.
  explicit LevelsSoFar(const RunLog& log);

  void add(const KeptTurn& turn, Micros now);

  /// What a second brings now.
  struct Rates {
    double goodput = 0;
    double tokens = 0;
  };
  std::vector<LevelResult> judge(Micros now, const Rates& rates);

 private:
  void add_to(Slice& slice, const KeptTurn& turn, Micros now) const;
  Slice& node_slice(std::size_t node);
  void set_whole(Micros now, const Rates& rates);

  const RunLog& log_;
  std::vector<Metric> metrics_;  ///< that a level speaks of and turns have
  Summary so_far_;               ///< its slices
};

}  // namespace wsdeep::load

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "load/compare/compare.h"
#include "load/report/series.h"
#include "load/runs.h"

namespace wsdeep::load {

/// Which runs a series is to have.
struct SeriesPlan {
  SeriesPurpose purpose = SeriesPurpose::kRepeat;
  std::uint64_t runs = kLeastRuns;     ///< of each side
  std::vector<std::string> targets{};  ///< of A, and of B where there is one
  PlanOptions plan{};                  ///< each run has a seed of its own below this one's
  CompareOptions compare{};
};

/// In their order. Two sides come in blocks, A B, B A, A B …: what drifts while they run (a cache that fills, a machine
/// that gets warm, the evening) is then no difference between A and B. Both runs of a block have one seed, and so the
/// same instants and lengths of prompts: what of the spread between runs the schedule makes, they share.
std::vector<RunSpec> specs_of(const SeriesPlan& plan);

/// Waits between two runs until the target is quiet again; false: no more runs are wanted.
using Pause = std::function<bool()>;

/// Makes the runs, one after the other, and says what they show. A fault of any but the first ends the series, which
/// has what there is by then; so does an interruption. Throws what the first run throws.
Series run_series(const SeriesPlan& plan, const RunOne& run, const Pause& pause);

/// Says what the runs of `series` show: the figures of each side and the comparison of two.
void evaluate(Series& series, const CompareOptions& options);

}  // namespace wsdeep::load

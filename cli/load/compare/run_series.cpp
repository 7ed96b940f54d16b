#include "load/compare/run_series.h"

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <utility>

#include "base/dice.h"
#include "base/error.h"
#include "base/random.h"
#include "load/compare/pooled.h"
#include "load/compare/usable_runs.h"

namespace wsdeep::load {
namespace {

RunSpec spec_of(const SeriesPlan& plan, std::uint64_t block, int side) {
  RunSpec spec{.plan = plan.plan, .name = fmt::format("{} of {}", block + 1, plan.runs), .side = side};
  spec.plan.seed = seed_of(plan.plan.seed, block + 1);
  if (plan.targets.size() > 1) spec.name = fmt::format("{} {}", side_letter(side), spec.name);
  return spec;
}

/// False: it is the last one.
bool add_run(Series& series, const RunSpec& spec, const RunOne& run) {
  try {
    series.runs.push_back({spec.side, run(spec)});
  } catch (const Error& error) {
    if (series.runs.empty()) throw;
    series.ended_by = error.kind() == ErrorKind::kInterrupted ? EndedBy::kInterrupt : EndedBy::kFault;
    series.ended_why = fmt::format("run {}: {}", spec.name, error.what());
    return false;
  }
  if (series.runs.back().result.ended_by == EndedBy::kInterrupt) series.ended_by = EndedBy::kInterrupt;
  return series.ended_by == EndedBy::kSchedule;
}

}  // namespace

std::vector<RunSpec> specs_of(const SeriesPlan& plan) {
  std::vector<RunSpec> specs;
  for (std::uint64_t block = 0; block < plan.runs; ++block) {
    const int first = plan.targets.size() > 1 ? static_cast<int>(block % 2) : 0;
    specs.push_back(spec_of(plan, block, first));
    if (plan.targets.size() > 1) specs.push_back(spec_of(plan, block, 1 - first));
  }
  return specs;
}

Series run_series(const SeriesPlan& plan, const RunOne& run, const Pause& pause) {
  Series series;
  series.id = random_uuid();
  series.purpose = plan.purpose;
  series.planned = plan.runs;
  for (const std::string& target : plan.targets) series.sides.push_back({target});
  for (const RunSpec& spec : specs_of(plan)) {
    if (!series.runs.empty() && !pause()) {
      series.ended_by = EndedBy::kInterrupt;
      break;
    }
    if (!add_run(series, spec, run)) break;
  }
  evaluate(series, plan.compare);
  return series;
}

void evaluate(Series& series, const CompareOptions& options) {
  for (std::size_t side = 0; side < series.sides.size(); ++side)
    series.sides[side].figures = pooled_figures(usable_runs(series.runs_of(static_cast<int>(side)), "").runs);
  if (series.sides.size() > 1) series.comparison = compare_runs(series.runs_of(0), series.runs_of(1), options);
}

}  // namespace wsdeep::load

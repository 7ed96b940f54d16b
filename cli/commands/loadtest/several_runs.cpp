#include "commands/loadtest/several_runs.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/duration.h"
#include "base/error.h"
#include "commands/loadtest/series_options.h"
#include "load/compare/run_series.h"

namespace wsdeep::commands {
namespace {

/// The number of turns of a Poisson process differs from run to run: that is how users are, and when two targets are
/// compared it is noise.
load::PlanOptions plan_of_series(const LoadOptions& options) {
  load::PlanOptions plan = options.plan;
  const bool free = !plan.arrivals && !plan.burstiness && !plan.trace && !plan.concurrency;
  if (options.series.two_sides() && free) plan.arrivals = "poisson-fixed-n";
  return plan;
}

load::SeriesPlan series_plan(const Runs& runs) {
  const SeriesOptions& options = runs.options.series;
  load::SeriesPlan plan;
  plan.purpose = options.same_target        ? load::SeriesPurpose::kSameTarget
                 : !options.against.empty() ? load::SeriesPurpose::kAgainst
                                            : load::SeriesPurpose::kRepeat;
  if (options.repeat > 0) plan.runs = options.repeat;
  plan.targets = {runs.test.target};
  if (options.two_sides()) plan.targets.push_back(side_of(runs.test, 1).target);
  plan.plan = plan_of_series(runs.options);
  plan.compare = compare_options_of(options);
  return plan;
}

int code_of_comparison(const load::Series& series) {
  const load::Finding finding = series.comparison->finding();
  if (finding == load::Finding::kUndecided) return exit_code(ErrorKind::kInvalidRun);
  if (finding == load::Finding::kNoDifference) return 0;
  if (series.purpose == load::SeriesPurpose::kSameTarget) return exit_code(ErrorKind::kInvalidRun);
  return finding == load::Finding::kWorse ? exit_code(ErrorKind::kThresholdMissed) : 0;
}

/// As many as make an interval have to be usable, or all, where fewer were asked for.
int code_of_runs(const load::Series& series) {
  std::uint64_t usable = 0;
  bool missed = false;
  for (const load::SeriesRun& run : series.runs) {
    usable += load::is_usable(run.result) ? 1 : 0;
    missed = missed || exit_code_of(run.result) == exit_code(ErrorKind::kThresholdMissed);
  }
  if (usable < std::min<std::uint64_t>(series.planned, load::kLeastRuns)) return exit_code(ErrorKind::kInvalidRun);
  return missed ? exit_code(ErrorKind::kThresholdMissed) : 0;
}

}  // namespace

load::RunOne run_one_of(const Runs& runs) {
  auto other = std::make_shared<const LoadTest>(side_of(runs.test, 1));
  return [runs, other](const load::RunSpec& spec) {
    LoadOptions words = runs.options;
    words.plan = spec.plan;
    const LoadTest& test = spec.side == 0 ? runs.test : *other;
    return run_once({runs.options, test, runs.interrupts, runs.context}, test.make_plan(words), spec.name);
  };
}

load::Series make_series(const Runs& runs) {
  const std::chrono::milliseconds between = parse_milliseconds(runs.options.series.between, "--between");
  return load::run_series(series_plan(runs), run_one_of(runs), [&] { return !runs.interrupts.wait(between); });
}

int exit_code_of(const load::Series& series) {
  if (series.ended_by == load::EndedBy::kInterrupt) return exit_code(ErrorKind::kInterrupted);
  if (series.ended_by == load::EndedBy::kFault) return exit_code(ErrorKind::kFailure);
  return series.comparison ? code_of_comparison(series) : code_of_runs(series);
}

}  // namespace wsdeep::commands

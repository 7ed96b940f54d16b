#include "commands/loadtest/one_run.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/error.h"
#include "commands/loadtest/live_line.h"
#include "commands/loadtest/workers_run.h"
#include "terminal/progress_line.h"

namespace wsdeep::commands {
namespace {

constexpr std::chrono::seconds kLogEvery{10};

/// A line a second on a terminal, one in ten elsewhere.
class LiveLine {
 public:
  LiveLine(bool quiet, std::string name, const Context& context)
      : quiet_(quiet),
        name_(std::move(name)),
        line_(context.console, context.clock, {.first = kLogEvery, .every = kLogEvery}) {}

  void show(const load::Progress& progress) {
    if (quiet_) return;
    line_.show([&](std::size_t columns) { return live_line(progress, name_, columns); });
  }

 private:
  const bool quiet_;
  const std::string name_;
  ProgressLine line_;
};

}  // namespace

load::Result run_once(const Runs& runs, load::RunPlan plan, const std::string& name) {
  plan.kind = runs.test.kind;
  plan.target = runs.test.target;
  load::Result result = unless_interrupted(runs.interrupts, "no turn was sent yet", [&] {
    LiveLine line(runs.options.quiet, name, runs.context);
    if (!runs.options.workers.on.empty())
      return run_on_workers(runs, plan, [&](const load::Progress& progress) { line.show(progress); });
    return load::run_load(plan, runs.test.make_driver, {runs.interrupts.token(), runs.interrupts.hurry()},
                          [&](const load::Progress& progress) { line.show(progress); });
  });
  if (runs.test.cost) result.cost = load::cost_of(result, *runs.test.cost);
  return result;
}

int exit_code_of(const load::Result& result) {
  using load::EndedBy;
  if (result.ended_by == EndedBy::kInterrupt) return exit_code(ErrorKind::kInterrupted);
  if (result.ended_by == EndedBy::kFault) return exit_code(ErrorKind::kFailure);
  if (result.verdict.validity == load::Validity::kInvalid) return exit_code(ErrorKind::kInvalidRun);
  if (result.ended_by == EndedBy::kAbortRule) return exit_code(ErrorKind::kThresholdMissed);
  for (const load::LevelResult& level : result.summary.levels)
    if (level.judgement == load::Judgement::kMissed) return exit_code(ErrorKind::kThresholdMissed);
  return 0;
}

}  // namespace wsdeep::commands

#include "commands/loadtest/one_run.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/error.h"
#include "commands/loadtest/live_line.h"
#include "commands/loadtest/workers_run.h"
#include "load/screen/history.h"
#include "load/screen/screen.h"
#include "terminal/live_screen.h"
#include "terminal/progress_line.h"

namespace wsdeep::commands {
namespace {

constexpr std::chrono::seconds kLogEvery{10};

/// A screen on a terminal; elsewhere a line in ten seconds, and one when it is ended before its time.
class RunShow {
 public:
  RunShow(load::ScreenHead head, bool quiet, const Context& context)
      : head_(std::move(head)),
        quiet_(quiet),
        console_(context.console),
        screen_(context.console, LiveScreen::AtEnd::kGo),
        line_(context.console, context.clock, {.first = kLogEvery, .every = kLogEvery}) {}

  void show(const load::Progress& progress) {
    if (quiet_) return;
    if (screen_.is_live())
      draw(progress);
    else
      say_now_and_then(progress);
  }

 private:
  void draw(const load::Progress& progress) {
    history_.add(progress);
    const bool colour = !console_.style_err("1", "x").starts_with('x');
    screen_.draw([&](const ScreenSize& size) { return load::screen_lines(head_, history_, size, colour); });
  }

  void say_now_and_then(const load::Progress& progress) {
    const bool interrupted = progress.ended_by == load::EndedBy::kInterrupt;
    if (interrupted && !std::exchange(told_of_end_, true))
      console_.err("interrupted: turns under way are waited for; a second signal ends them\n");
    line_.show(live_line(progress, head_.name));
  }

  const load::ScreenHead head_;
  const bool quiet_;
  const Console& console_;
  load::RunHistory history_;
  LiveScreen screen_;
  ProgressLine line_;
  bool told_of_end_ = false;
};

}  // namespace

load::Result run_once(const Runs& runs, load::RunPlan plan, const std::string& name) {
  plan.kind = runs.test.kind;
  plan.target = runs.test.target;
  load::Result result = unless_interrupted(runs.interrupts, "no turn was sent yet", [&] {
    RunShow shown({plan.kind, plan.target, name}, runs.options.quiet, runs.context);
    if (!runs.options.workers.on.empty())
      return run_on_workers(runs, plan, [&](const load::Progress& progress) { shown.show(progress); });
    return load::run_load(plan, runs.test.make_driver, {runs.interrupts.token(), runs.interrupts.hurry()},
                          [&](const load::Progress& progress) { shown.show(progress); });
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

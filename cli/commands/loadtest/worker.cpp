#include "commands/loadtest/worker.h"

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "commands/loadtest/one_run.h"
#include "load/report/json.h"
#include "load/run.h"
#include "load/shard/clock_error.h"
#include "load/shard/shard_file.h"
#include "load/shard/worker_line.h"
#include "load/shard_opening.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

load::RunPlan plan_of_worker(LoadOptions options, const LoadTest& test, const load::WorkerRole& role) {
  options.plan = role.plan;
  options.plan.share = role.share;
  options.plan.run = role.run;
  load::RunPlan plan = test.make_plan(options);
  plan.kind = test.kind;
  plan.target = test.target;
  plan.start = role.start;
  return plan;
}

load::WorkerFigures figures_of(const load::Progress& progress) {
  const load::Tally& tally = progress.live.so_far;
  return {.at_us = progress.at,
          .begun = progress.begun,
          .ended = tally.attempts - tally.unfinished,
          .bad = tally.refused + tally.failed + tally.truncated,
          .in_flight = progress.in_flight};
}

/// What it does, for whoever waits for it.
class WorkerVoice {
 public:
  WorkerVoice(int worker, const Console& console) : worker_(worker), console_(console) {}

  void say_waiting() const { say_line(load::WorkerState::kWaiting, {}); }
  void say_progress(const load::Progress& progress) const {
    say_line(progress.phase == load::Phase::kDraining ? load::WorkerState::kDraining : load::WorkerState::kRunning, figures_of(progress));
  }

 private:
  void say_line(load::WorkerState state, const load::WorkerFigures& figures) const {
    console_.out(load::worker_line(worker_, state, figures) + '\n');
  }

  const int worker_;
  const Console& console_;
};

}  // namespace

int run_worker(const LoadOptions& options, const LoadTest& test, const load::WorkerRole& role, Context& context) {
  const Interrupts interrupts(Interrupts::Second::kHurries);
  const WorkerVoice voice(role.share.worker, context.console);
  load::RunPlan plan = plan_of_worker(options, test, role);
  load::ShardFile shard(role.shard, load::shard_opening(plan, role.run));
  plan.witness = &shard;
  load::ShardClosing closing{.clock = load::clock_error()};
  voice.say_waiting();
  try {
    const load::Result result = load::run_load(plan, test.make_driver, {interrupts.token(), interrupts.hurry()},
                                               [&](const load::Progress& progress) { voice.say_progress(progress); });
    closing.result = load::result_json(result);
    shard.finish(closing);
    return result.ended_by == load::EndedBy::kSchedule ? 0 : exit_code_of(result);
  } catch (const Error& error) {
    closing.fault = error.what();
    shard.finish(closing);
    throw;
  }
}

}  // namespace wsdeep::commands

#include "commands/loadtest/worker.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "aws/s3.h"
#include "base/error.h"
#include "base/temporary_folder.h"
#include "commands/loadtest/one_run.h"
#include "load/remote/run_bucket.h"
#include "load/remote/worker_inputs.h"
#include "load/report/json.h"
#include "load/run.h"
#include "load/shard/clock_error.h"
#include "load/shard/shard_file.h"
#include "load/shard/worker_line.h"
#include "load/shard_opening.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

load::RunPlan plan_of_worker(LoadTest& test, const load::WorkerRole& role) {
  load::RunPlan plan = std::move(test.plan);
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
          .bad = tally.errors(),
          .in_flight = progress.in_flight};
}

load::WorkerState state_of(load::Phase phase) {
  if (phase == load::Phase::kPreparing) return load::WorkerState::kWaiting;
  return phase == load::Phase::kDraining ? load::WorkerState::kDraining : load::WorkerState::kRunning;
}

/// What it does, for whoever waits for it.
class WorkerVoice {
 public:
  WorkerVoice(int worker, const Console& console) : worker_(worker), console_(console) {}

  void say_waiting() const { say_line(load::WorkerState::kWaiting, {}); }
  void say_progress(const load::Progress& progress) const { say_line(state_of(progress.phase), figures_of(progress)); }

 private:
  void say_line(load::WorkerState state, const load::WorkerFigures& figures) const {
    console_.out(load::worker_line(worker_, state, figures) + '\n');
  }

  const int worker_;
  const Console& console_;
};

/// Where the shard is written: at its place, or here on its way to the bucket.
class ShardAtHand {
 public:
  explicit ShardAtHand(const std::string& place) : path_(place) {
    if (aws::s3_uri(place)) path_ = on_its_way_.emplace().path() / "shard";
  }
  const std::filesystem::path& path() const { return path_; }
  bool is_at_its_place() const { return !on_its_way_; }

 private:
  std::optional<TemporaryFolder> on_its_way_;
  std::filesystem::path path_;
};

void bring_shard(const load::WorkerRole& role, const ShardAtHand& shard, Context& context) {
  if (shard.is_at_its_place()) return;
  const auto content = context.files.read(shard.path(), load::kMaxShard);
  if (!content) throw Error(ErrorKind::kFailure, fmt::format("the shard {} is gone", shard.path().string()));
  load::BucketAccess access(context.env, context.files, context.clock);
  load::put_shard(access, role.shard, *content);
}

}  // namespace

LoadOptions words_to_plan(LoadOptions options, Context& context) {
  load::fetch_inputs(context.env, context.files, context.clock);
  const auto role = load::worker_role(context.env);
  if (!role) return options;
  options.plan = role->plan;
  options.plan.share = role->share;
  options.plan.run = role->run;
  options.warm_up = role->measure.warm_up;
  options.levels = role->measure.levels;
  options.abort_rules = role->measure.abort_rules;
  return options;
}

int run_worker(LoadTest test, const load::WorkerRole& role, Context& context) {
  const Interrupts interrupts(Interrupts::Second::kHurries);
  const WorkerVoice voice(role.share.worker, context.console);
  load::RunPlan plan = plan_of_worker(test, role);
  const ShardAtHand at_hand(role.shard);
  load::ShardFile shard(at_hand.path(), load::shard_opening(plan, role.run));
  plan.witness = &shard;
  load::ShardClosing closing{.clock = load::clock_error()};
  voice.say_waiting();
  int code = 0;
  std::optional<Error> fault;
  try {
    const load::Result result = load::run_load(plan, test.make_driver, {interrupts.token(), interrupts.hurry()},
                                               [&](const load::Progress& progress) { voice.say_progress(progress); });
    closing.result = load::result_json(result);
    if (result.ended_by != load::EndedBy::kSchedule) code = exit_code_of(result);
  } catch (const Error& error) {
    closing.fault = error.what();
    fault.emplace(error);
  }
  shard.finish(closing);
  bring_shard(role, at_hand, context);
  if (fault) throw Error(*fault);
  return code;
}

}  // namespace wsdeep::commands

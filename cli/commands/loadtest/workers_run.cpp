#include "commands/loadtest/workers_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/random.h"
#include "base/version.h"
#include "commands/loadtest/places.h"
#include "load/plan/salted_prompts.h"
#include "load/shard/merge.h"
#include "load/shard/supervise.h"
#include "load/shard/worker_line.h"
#include "load/shard_opening.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

/// What stands between what a driver is thought to need and what it needs.
constexpr std::chrono::seconds kStartReserve{2};

/// What may come after the drain: closing what is open, a machine that is busy.
constexpr std::chrono::hours kMostAfterwards{1};

/// Of the schedule, and of what is held after it.
load::Micros run_length(const load::RunPlan& plan) {
  return plan.load.schedule.length() + std::chrono::microseconds(plan.hold).count();
}

/// When all of them begin: in whole milliseconds, as it is told.
SystemTime common_start(const Runs& runs, const load::Place& place) {
  const std::string& start_in = runs.options.workers.start_in;
  const auto ahead = start_in.empty() ? place.start_up() + runs.test.preparation + kStartReserve
                                      : parse_milliseconds(start_in, "--start-in");
  return std::chrono::ceil<std::chrono::milliseconds>(SystemTime::clock::now()) + ahead;
}

load::WorkersRun workers_run(const Runs& runs, const load::RunPlan& plan, const load::Place& place) {
  return {.workers = plan.load.share.workers,
          .run = load::new_run_name(),
          .start = common_start(runs, place),
          .plan = plan.load.words,
          .measure = load::measure_words(plan),
          .side = runs.test.side};
}

/// `5 waiting, 3 running`
std::string states_text(const std::vector<load::WorkerStanding>& standings) {
  std::map<load::WorkerState, int> counts;
  for (const load::WorkerStanding& standing : standings) ++counts[standing.state];
  std::string text;
  for (const auto& [state, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, load::word_of(state));
  return text;
}

/// Shows how the workers get on: a line when the state of one has changed, and their figures together each second.
class WorkersScreen {
 public:
  WorkersScreen(const Runs& runs, const load::RunPlan& plan, const load::OnProgress& on_progress)
      : console_(runs.context.console), quiet_(runs.options.quiet), on_progress_(on_progress) {
    progress_.length = run_length(plan);
    progress_.judged = false;
  }

  void look(const std::vector<load::WorkerStanding>& standings) {
    if (std::string states = states_text(standings); states != states_) {
      states_ = std::move(states);
      // A terminal shows figures as soon as there are some.
      if (!quiet_ && !(console_.is_live() && progress_.at > 0))
        say(console_, fmt::format("{} workers: {}", standings.size(), states_));
    }
    add_up(standings);
  }

 private:
  void add_up(const std::vector<load::WorkerStanding>& standings) {
    load::WorkerFigures all;
    for (const load::WorkerStanding& standing : standings) {
      if (!standing.figures) continue;
      all.at_us = std::max(all.at_us, standing.figures->at_us);
      all.begun += standing.figures->begun;
      all.ended += standing.figures->ended;
      all.bad += standing.figures->bad;
      if (!standing.ended()) all.in_flight += standing.figures->in_flight;
    }
    // Each of them speaks once a second.
    if (all.at_us / kOneSecond == progress_.at / kOneSecond) return;
    tell(all,
         std::ranges::all_of(standings, [](const auto& one) { return one.state >= load::WorkerState::kDraining; }));
  }

  void tell(const load::WorkerFigures& all, bool draining) {
    progress_.at = all.at_us;
    progress_.phase = draining ? load::Phase::kDraining : load::Phase::kSending;
    progress_.begun = all.begun;
    progress_.in_flight = all.in_flight;
    progress_.live.last.sent = all.begun - std::min(all.begun, begun_);
    progress_.live.so_far.attempts = all.ended;
    progress_.live.so_far.failed = all.bad;
    begun_ = all.begun;
    on_progress_(progress_);
  }

  static constexpr load::Micros kOneSecond = 1'000'000;

  const Console& console_;
  const bool quiet_;
  const load::OnProgress& on_progress_;
  load::Progress progress_;
  std::string states_;
  std::uint64_t begun_ = 0;
};

/// What is known of the result before there is one.
load::MergedRun merged_run(const Runs& runs, const load::RunPlan& plan, const load::WorkersRun& run) {
  load::MergedRun merged;
  load::Result& head = merged.head;
  head.id = random_uuid();
  head.kind = plan.kind;
  head.target = plan.target;
  head.version = version();
  head.started = run.start;
  head.shape = plan.load.shape;
  head.prompts = plan.load.prompts_in_words;
  if (runs.interrupts.requested()) {
    head.ended_by = load::EndedBy::kInterrupt;
    head.ended_why = "a signal came";
  }
  merged.recorder = load::recorder_options(plan, 0);
  merged.opening = load::shard_opening(plan, run.run);
  merged.longest = run_length(plan) + std::chrono::microseconds(plan.drain + kMostAfterwards).count();
  merged.planned = plan.load.schedule.arrivals.size();
  merged.one_clock = has_one_clock(runs.options.workers);
  return merged;
}

}  // namespace

load::Result run_on_workers(const Runs& runs, const load::RunPlan& plan, const load::OnProgress& on_progress) {
  const auto place = place_of(runs.options, plan, runs.context);
  const load::WorkersRun run = workers_run(runs, plan, *place);
  WorkersScreen screen(runs, plan, on_progress);
  load::Supervision how;
  how.soon = runs.interrupts.token();
  how.now = runs.interrupts.hurry();
  how.run = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(run_length(plan)));
  how.drain = plan.drain;
  how.on_look = [&](const std::vector<load::WorkerStanding>& standings) { screen.look(standings); };
  const auto outcomes = supervise(*place, run, runs.context.arguments, how);
  return merge_shards(merged_run(runs, plan, run), outcomes);
}

}  // namespace wsdeep::commands

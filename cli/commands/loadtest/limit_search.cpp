#include "commands/loadtest/limit_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/loadtest/one_run.h"
#include "load/limit/find_limit.h"
#include "load/limit/level_blocks.h"
#include "load/plan/words.h"
#include "load/runs.h"
#include "load/shard_opening.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

constexpr load::Micros kSweepLength = 60'000'000;

/// What the command line says, but for what the search says of this run.
LoadOptions options_of(const LoadOptions& given, const load::RunSpec& spec, const std::vector<load::Level>& levels) {
  LoadOptions own = given;
  own.plan = spec.plan;
  // Who asks one request at a time needs no second worker.
  if (spec.plan.concurrency)
    own.plan.share.workers =
        static_cast<int>(std::clamp<std::int64_t>(*spec.plan.concurrency, 1, std::max(1, own.plan.share.workers)));
  if (spec.warm_up && own.warm_up == "auto") own.warm_up = load::warm_up_words(*spec.warm_up);
  own.levels = load::level_texts(levels);
  own.abort_rules.insert(own.abort_rules.end(), spec.abort_rules.begin(), spec.abort_rules.end());
  return own;
}

load::SearchOptions search_options(const Runs& runs) {
  const LoadOptions& given = runs.options;
  const load::LoadCaps& caps = runs.test.caps;
  load::SearchOptions options{.kind = runs.test.kind, .target = runs.test.target, .plan = given.plan};
  options.axis = search_axis(given.plan);
  load::check_search_levels(runs.test.plan.levels);
  options.levels = load::with_error_level(runs.test.plan.levels);
  options.most_users = static_cast<int>(std::min<std::uint64_t>(caps.sessions, std::numeric_limits<int>::max()));
  options.cap = options.axis == load::LoadAxis::kUsers ? options.most_users : caps.rate;
  if (given.plan.rate) options.first = load::parse_rate(*given.plan.rate, "--rate");
  if (given.plan.concurrency) options.first = static_cast<double>(*given.plan.concurrency);
  if (given.plan.duration) options.point_length = load::parse_span(*given.plan.duration, "--duration");
  options.plan.duration = std::nullopt;
  return options;
}

/// How long all of it may take.
load::Micros budget_of(const Runs& runs) {
  const load::Micros budget = parse_duration(runs.options.search.find_limit_for, "--find-limit-for").count();
  if (budget <= 0 || budget > runs.test.caps.duration)
    throw Error(ErrorKind::kUsage,
                fmt::format("--find-limit-for {} is not within --max-duration", runs.options.search.find_limit_for),
                "raise --max-duration, or search for a shorter time");
  return budget;
}

class LimitSearching {
 public:
  explicit LimitSearching(const Runs& runs) : runs_(runs), options_(search_options(runs)) {}

  load::LimitSearch find() {
    options_.budget = budget_of(runs_);
    announce(fmt::format("looking for the limit: at most {} (--find-limit-for), some ten points",
                         human_duration(std::chrono::microseconds(options_.budget))));
    return load::find_limit(options_, tools());
  }

  load::LimitSearch sweep() {
    const std::vector<double> loads = sweep_loads(runs_.options.search.sweep, options_.axis);
    if (!options_.point_length) options_.point_length = kSweepLength;
    for (const double load : loads)
      if (load > options_.cap)
        throw Error(ErrorKind::kUsage, fmt::format("--sweep: {:.10g} is above the cap of {:.10g}", load, options_.cap),
                    "raise --max-rate, or --max-sessions for users");
    const auto all = std::chrono::microseconds(*options_.point_length * static_cast<load::Micros>(loads.size()));
    announce(fmt::format("{} loads: about {}", loads.size(), human_duration(all)));
    return load::sweep(options_, loads, tools());
  }

 private:
  load::SearchTools tools() {
    return {.run = [this](const load::RunSpec& spec) { return run(spec); },
            .elapsed = [this] { return elapsed(); },
            .pause =
                [this](load::Micros pause) {
                  return !runs_.interrupts.wait(
                      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(pause)));
                },
            .said = [this](const std::string& step) { announce(step); }};
  }

  load::Result run(const load::RunSpec& spec) const {
    const LoadOptions own = options_of(runs_.options, spec, options_.levels);
    return run_once({own, runs_.test, runs_.interrupts, runs_.context}, runs_.test.make_plan(own), spec.name);
  }

  load::Micros elapsed() const { return clock_.now(); }

  void announce(const std::string& step) const {
    if (!runs_.options.quiet) say(runs_.context.console, step);
  }

  const Runs& runs_;
  load::SearchOptions options_;
  const load::RunClock clock_;
};

}  // namespace

load::LimitSearch search_limit(const Runs& runs) {
  check_search_flags(runs.options.search, runs.options.plan, runs.options.levels, runs.options.outputs);
  LimitSearching searching(runs);
  return runs.options.search.find_limit ? searching.find() : searching.sweep();
}

int exit_code_of(const load::LimitSearch& search) {
  using load::SearchEnd;
  if (search.ended_by == SearchEnd::kInterrupted) return exit_code(ErrorKind::kInterrupted);
  if (search.ended_by == SearchEnd::kFault) return exit_code(ErrorKind::kFailure);
  if (search.passes) return 0;
  if (search.ended_by == SearchEnd::kLeastFails || search.fails) return exit_code(ErrorKind::kThresholdMissed);
  if (search.ended_by != SearchEnd::kSwept) return exit_code(ErrorKind::kInvalidRun);  // no answer at all
  const bool invalid = std::ranges::any_of(
      search.points, [](const auto& point) { return point.judged == load::PointJudgement::kInvalid; });
  return invalid ? exit_code(ErrorKind::kInvalidRun) : 0;
}

}  // namespace wsdeep::commands

#include "commands/loadtest/load_test.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "commands/loadtest/series_options.h"
#include "load/plan/words.h"
#include "load/report/outputs.h"
#include "load/shard/worker_role.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

std::vector<load::Level> read_each(const std::vector<std::string>& words, load::Level (*parse)(std::string_view)) {
  std::vector<load::Level> levels;
  for (const std::string& text : words) levels.push_back(parse(text));
  return levels;
}

std::optional<load::Micros> warm_up_of(const std::string& words) {
  if (words == "auto") return std::nullopt;
  if (words == "none") return 0;
  return parse_duration(words, "--warm-up").count();
}

/// A search that is given no load yet, or where to begin, is refused as any load would be. But in seconds of it, or
/// where turns are seldom, there may be no turn by chance, and that is no fault: its loads are others.
load::PlanOptions words_of_plan(const LoadOptions& options) {
  constexpr load::Micros kSomeTurns = 60'000'000;  // at one a second
  load::PlanOptions words = options.plan;
  if (!options.search.wanted() || words.blocks || words.concurrency) return words;
  if (words.duration && load::parse_span(*words.duration, "--duration") < kSomeTurns) words.duration = std::nullopt;
  if (words.rate && load::parse_rate(*words.rate, "--rate") < 1) words.rate = std::nullopt;
  return words;
}

/// Before the first run, which may take minutes.
void check_series(const LoadOptions& options) {
  const SeriesOptions& series = options.series;
  if (!series.two_sides() && (!series.metrics.empty() || series.allowed != SeriesOptions{}.allowed))
    throw Error(ErrorKind::kUsage, "--metric and --allow are of a comparison: with --against or --a-a");
  if (!series.asked_for()) return;
  if (options.search.wanted())
    throw Error(ErrorKind::kUsage, "--repeat, --against and --a-a are of one load, --find-limit and --sweep of many");
  load::check_outputs_of_several(options.outputs);
  parse_milliseconds(series.between, "--between");
  compare_options_of(series);
  if (series.same_target && options.plan.same_prompts)
    throw Error(ErrorKind::kUsage, "--same-prompts: the second run of each two would find the first one's in caches");
}

}  // namespace

LoadTest side_of(LoadTest test, int side) {
  test.side = side;
  if (side == 0 || !test.other) return test;
  test.target = test.other->target;
  test.make_driver = test.other->make_driver;
  return test;
}

void require_one_each(std::uint64_t parts, const load::WorkerShare& share, const std::string& what) {
  if (parts < static_cast<std::uint64_t>(share.workers))
    throw Error(ErrorKind::kUsage, fmt::format("--workers {}: there are {} {} only", share.workers, parts, what),
                "each worker needs one at least");
}

load::RunPlan plan_of(const LoadOptions& options, bool exact_itl, Context& context) {
  load::RunPlan plan;
  plan.warm_up = warm_up_of(options.warm_up);
  plan.cool_down = parse_duration(options.cool_down, "--cool-down").count();
  plan.drain = parse_milliseconds(options.drain, "--drain");
  // Whoever has workers do it has said all this, and writes the files.
  const bool is_worker = load::worker_role(context.env).has_value();
  if (!is_worker) load::check_outputs(options.outputs);
  check_series(options);
  plan.levels = read_each(options.levels, load::parse_level);
  plan.abort_rules = read_each(options.abort_rules, load::parse_abort_rule);
  plan.load = load::make_plan(words_of_plan(options), context.files);
  load::check_levels(plan.levels, plan.load.schedule.stages, exact_itl);
  load::check_levels(plan.abort_rules, plan.load.schedule.stages, exact_itl);
  // What a trace recorded has no steady state that could be waited for.
  if (!plan.load.shape.trace.empty() && !plan.warm_up) plan.warm_up = 0;
  if (plan.load.shape.concurrency)
    require_one_each(static_cast<std::uint64_t>(*plan.load.shape.concurrency), plan.load.share, "users");
  else
    require_one_each(plan.load.schedule.arrivals.size(), plan.load.share, "turns");
  if (!is_worker)
    for (const std::string& note : plan.load.notes) say(context.console, note);
  return plan;
}

}  // namespace wsdeep::commands

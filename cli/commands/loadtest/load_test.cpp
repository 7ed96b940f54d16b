#include "commands/loadtest/load_test.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "commands/loadtest/live_line.h"
#include "load/report/records_file.h"
#include "load/report/text.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"
#include "terminal/progress_line.h"

namespace wsdeep::commands {
namespace {

constexpr std::chrono::seconds kLogEvery{10};

std::vector<load::Level> levels_of(const std::vector<std::string>& words) {
  std::vector<load::Level> levels;
  for (const std::string& text : words) levels.push_back(load::parse_level(text));
  return levels;
}

std::optional<load::Micros> warm_up_of(const std::string& words) {
  if (words == "auto") return std::nullopt;
  if (words == "none") return 0;
  return parse_duration(words, "--warm-up").count();
}

/// A line a second on a terminal, one in ten elsewhere.
class LiveLine {
 public:
  LiveLine(bool quiet, const Context& context)
      : quiet_(quiet), line_(context.console, context.clock, {.first = kLogEvery, .every = kLogEvery}) {}

  void show(const load::Progress& progress) {
    if (quiet_) return;
    line_.show([&](std::size_t columns) { return live_line(progress, columns); });
  }

 private:
  const bool quiet_;
  ProgressLine line_;
};

/// The worst that is known of it.
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

/// The summary goes where the JSON does not.
void print_summary(const load::Result& result, bool json_on_stdout, const Console& console) {
  const bool coloured = !(json_on_stdout ? console.style_err("1", "x") : console.style_out("1", "x")).starts_with('x');
  const std::string text =
      load::text_report(result, {.columns = static_cast<std::size_t>(console.columns()), .colour = coloured});
  if (json_on_stdout)
    console.err(text);
  else
    console.out(text);
}

}  // namespace

load::RunPlan plan_of(const LoadOptions& options, bool exact_itl, Context& context) {
  load::RunPlan plan;
  plan.warm_up = warm_up_of(options.warm_up);
  plan.cool_down = parse_duration(options.cool_down, "--cool-down").count();
  plan.drain = parse_milliseconds(options.drain, "--drain");
  plan.levels = levels_of(options.levels);
  plan.load = load::make_plan(options.plan, context.files);
  load::check_levels(plan.levels, plan.load.schedule.stages, exact_itl);
  for (const std::string& note : plan.load.notes) say(context.console, note);
  return plan;
}

int run_load_test(const LoadOptions& options, const load::RunPlan& plan, const load::MakeDriver& make_driver,
                  Context& context) {
  const Interrupts interrupts(Interrupts::Second::kHurries);
  const load::Result result = unless_interrupted(interrupts, "no turn was sent yet", [&] {
    LiveLine line(options.quiet, context);
    return load::run_load(plan, make_driver, {interrupts.token(), interrupts.hurry()},
                          [&](const load::Progress& progress) { line.show(progress); });
  });
  print_summary(result, false, context.console);
  return exit_code_of(result);
}

}  // namespace wsdeep::commands

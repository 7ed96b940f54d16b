#include "commands/loadtest/load_test.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "load/report/outputs.h"
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

}  // namespace

load::RunPlan plan_of(const LoadOptions& options, bool exact_itl, Context& context) {
  load::RunPlan plan;
  plan.warm_up = warm_up_of(options.warm_up);
  plan.cool_down = parse_duration(options.cool_down, "--cool-down").count();
  plan.drain = parse_milliseconds(options.drain, "--drain");
  load::check_outputs(options.outputs);
  plan.levels = read_each(options.levels, load::parse_level);
  plan.abort_rules = read_each(options.abort_rules, load::parse_abort_rule);
  plan.load = load::make_plan(options.plan, context.files);
  load::check_levels(plan.levels, plan.load.schedule.stages, exact_itl);
  load::check_levels(plan.abort_rules, plan.load.schedule.stages, exact_itl);
  // What a trace recorded has no steady state that could be waited for.
  if (!plan.load.shape.trace.empty() && !plan.warm_up) plan.warm_up = 0;
  for (const std::string& note : plan.load.notes) say(context.console, note);
  return plan;
}

}  // namespace wsdeep::commands

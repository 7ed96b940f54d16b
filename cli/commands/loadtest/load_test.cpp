#include "commands/loadtest/load_test.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "commands/loadtest/one_run.h"
#include "load/report/records_file.h"
#include "load/report/text.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

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

std::string fault_text(const Error& fault) {
  return fault.hint().empty() ? fault.what() : fmt::format("{}: {}", fault.what(), fault.hint());
}

/// All files, whatever becomes of one; false when one could not be written.
bool write_files(const LoadOptions& options, const load::Result& result, load::RecordsFile* records, Context& context) {
  const load::Outputs outputs = load::write_outputs(options.outputs, result, records, context.files);
  print_summary(result, !outputs.on_stdout.empty(), context.console);
  for (const Error& fault : outputs.faults)
    say(context.console, context.console.style_err("31", "error:") + " " + fault_text(fault));
  context.console.out(outputs.on_stdout);
  return outputs.faults.empty();
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

int run_load_test(const LoadOptions& options, LoadTest test, Context& context) {
  const Interrupts interrupts(Interrupts::Second::kHurries);
  std::unique_ptr<load::RecordsFile> records;
  if (!options.outputs.records.empty()) records = std::make_unique<load::RecordsFile>(options.outputs.records);
  load::RunPlan plan = std::move(test.plan);
  if (records) plan.on_record = [&records](const load::TurnRecord& record) { records->add(record); };
  const load::Result result = run_once({options, test, interrupts, context}, std::move(plan));
  const bool all_written = write_files(options, result, records.get(), context);
  const int code = exit_code_of(result);
  return code == 0 && !all_written ? exit_code(ErrorKind::kFailure) : code;
}

}  // namespace wsdeep::commands

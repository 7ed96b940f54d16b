#include "commands/loadtest/run_load_test.h"

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "commands/loadtest/limit_search.h"
#include "commands/loadtest/one_run.h"
#include "commands/loadtest/places.h"
#include "commands/loadtest/worker.h"
#include "load/report/limit_text.h"
#include "load/report/outputs.h"
#include "load/report/records_file.h"
#include "load/report/text.h"
#include "load/shard/worker_role.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

/// The summary goes where the JSON does not.
template <class Found>
void print_summary(const Found& found, bool json_on_stdout, const Console& console) {
  const bool coloured = !(json_on_stdout ? console.style_err("1", "x") : console.style_out("1", "x")).starts_with('x');
  const std::string text =
      load::text_report(found, {.columns = static_cast<std::size_t>(console.columns()), .colour = coloured});
  if (json_on_stdout)
    console.err(text);
  else
    console.out(text);
}

std::string fault_text(const Error& fault) {
  return fault.hint().empty() ? fault.what() : fmt::format("{}: {}", fault.what(), fault.hint());
}

/// The summary, what could not be written, and what is for stdout; false when something could not be written.
template <class Found>
bool tell_outputs(const Found& found, const load::Outputs& outputs, Context& context) {
  print_summary(found, !outputs.on_stdout.empty(), context.console);
  for (const Error& fault : outputs.faults)
    say(context.console, context.console.style_err("31", "error:") + " " + fault_text(fault));
  context.console.out(outputs.on_stdout);
  return outputs.faults.empty();
}

/// All files, whatever becomes of one; false when one could not be written.
bool write_files(const LoadOptions& options, const load::Result& result, load::RecordsFile* records, Context& context) {
  const load::Outputs outputs = load::write_outputs(options.outputs, result, records, context.files);
  return tell_outputs(result, outputs, context);
}

/// Loads of which the limit is looked for, or that are swept.
int run_search(const Runs& runs) {
  const load::LimitSearch found = search_limit(runs);
  const bool all_written =
      tell_outputs(found, load::write_outputs(runs.options.outputs, found, runs.context.files), runs.context);
  const int code = exit_code_of(found);
  return code == 0 && !all_written ? exit_code(ErrorKind::kFailure) : code;
}

}  // namespace

int run_load_test(const LoadOptions& options, LoadTest test, Context& context) {
  if (const auto role = load::worker_role(context.env)) return run_worker(options, test, *role, context);
  if (options.workers.remote.print_manifests) {
    context.console.out(manifests_of(options, test.plan, context));
    return 0;
  }
  const Interrupts interrupts(Interrupts::Second::kHurries);
  if (options.search.wanted()) return run_search({options, test, interrupts, context});
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

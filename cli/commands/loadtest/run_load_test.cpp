#include "commands/loadtest/run_load_test.h"

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "commands/loadtest/one_run.h"
#include "commands/loadtest/worker.h"
#include "load/report/outputs.h"
#include "load/report/records_file.h"
#include "load/report/text.h"
#include "load/shard/worker_role.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

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

int run_load_test(const LoadOptions& options, LoadTest test, Context& context) {
  if (const auto role = load::worker_role(context.env)) return run_worker(options, test, *role, context);
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

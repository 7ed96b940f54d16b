#include "commands/loadtest/run_load_test.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "commands/loadtest/limit_search.h"
#include "commands/loadtest/one_run.h"
#include "commands/loadtest/places.h"
#include "commands/loadtest/several_runs.h"
#include "commands/loadtest/told_document.h"
#include "commands/loadtest/worker.h"
#include "load/report/records_file.h"
#include "load/shard/worker_role.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

/// What was found is told; the worst of that and of what could not be written.
template <class Found>
int tell_found(const Runs& runs, Found found, load::RecordsFile* records = nullptr) {
  const int code = exit_code_of(found);
  const bool all_written = tell_document(runs.options.outputs, std::move(found), records, runs.context);
  return code == 0 && !all_written ? exit_code(ErrorKind::kFailure) : code;
}

int run_single(const Runs& runs, load::RunPlan plan) {
  const std::string& path = runs.options.outputs.records;
  std::unique_ptr<load::RecordsFile> records;
  if (!path.empty()) records = std::make_unique<load::RecordsFile>(path);
  if (records) plan.on_record = [&records](const load::TurnRecord& record) { records->add(record); };
  return tell_found(runs, run_once(runs, std::move(plan)), records.get());
}

}  // namespace

int run_load_test(const LoadOptions& options, LoadTest test, Context& context) {
  if (const auto role = load::worker_role(context.env))
    return run_worker(side_of(std::move(test), role->side), *role, context);
  if (options.workers.remote.print_manifests) {
    context.console.out(manifests_of(options, test.plan, context));
    return 0;
  }
  const Interrupts interrupts(Interrupts::Second::kHurries);
  const Runs runs{options, test, interrupts, context};
  if (options.search.wanted()) return tell_found(runs, search_limit(runs));
  if (options.series.asked_for()) return tell_found(runs, make_series(runs));
  return run_single(runs, std::move(test.plan));
}

}  // namespace wsdeep::commands

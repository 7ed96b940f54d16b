#include "load/report/workers_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "load/watch/sign.h"

namespace wsdeep::load {
namespace {

bool has_share(const MergedWorker& worker) {
  return worker.missing.empty();
}

/// The one whose clock is known worst.
const MergedWorker& worst_clock_of(const std::vector<MergedWorker>& workers) {
  return *std::ranges::max_element(workers, {}, [](const MergedWorker& worker) {
    return std::pair(has_share(worker) && !worker.clock_error, worker.clock_error.value_or(0));
  });
}

std::string clocks_text(const MergedWorker& worst) {
  const std::string who = fmt::format("worker {}: ", worst.worker);
  return worst.clock_error ? fmt::format("{}± {} ({})", who, sign_ms(*worst.clock_error), worst.clock_known_by)
                           : who + "not known: " + worst.clock_known_by;
}

}  // namespace

Facts workers_facts(const Result& result) {
  Facts facts;
  if (!result.workers || result.workers->empty()) return facts;
  const std::vector<MergedWorker>& workers = *result.workers;
  facts.emplace_back(
      "shares", fmt::format("{} of {} are in the figures", std::ranges::count_if(workers, has_share), workers.size()));
  for (const MergedWorker& worker : workers)
    if (!has_share(worker))
      facts.emplace_back("missing", fmt::format("worker {}: {}", worker.worker, printable(worker.missing)));
  facts.emplace_back("clocks", "at worst " + printable(clocks_text(worst_clock_of(workers))));
  return facts;
}

void tell_workers(Page& page, const Result& result) {
  const Facts facts = workers_facts(result);
  if (facts.empty()) return;
  page.heading("WORKERS");
  page.say(facts);
}

}  // namespace wsdeep::load

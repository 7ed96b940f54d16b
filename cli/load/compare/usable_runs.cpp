#include "load/compare/usable_runs.h"

#include <fmt/format.h>

#include <cstddef>

#include "base/printable.h"

namespace wsdeep::load {
namespace {

/// Why it cannot be used.
std::string fault_of(const Result& result) {
  if (result.verdict.validity == Validity::kInvalid)
    return result.verdict.reasons.empty() ? "INVALID" : result.verdict.reasons.front();
  switch (result.ended_by) {
    case EndedBy::kAbortRule:
      return "ended early by the rule " + result.ended_why;
    case EndedBy::kInterrupt:
      return "it was interrupted";
    case EndedBy::kFault:
      return "ended early by a fault: " + result.ended_why;
    case EndedBy::kWorkerLost:
      return "a worker was lost: " + result.ended_why;
    case EndedBy::kSchedule:
      break;
  }
  return "";
}

}  // namespace

UsableRuns usable_runs(const std::vector<const Result*>& all, std::string_view side) {
  UsableRuns usable;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Result& result = *all[i];
    const std::string name = fmt::format("{}{}run {} of {}", side, side.empty() ? "" : "'s ", i + 1, all.size());
    if (!is_usable(result)) {
      usable.notes.push_back(fmt::format("{} is left out: {}", name, printable(fault_of(result))));
      continue;
    }
    if (!result.summary.warm_up.steady)
      usable.notes.push_back(fmt::format("{} had no steady state: its figures depend on how long it was", name));
    usable.runs.push_back(&result);
  }
  return usable;
}

}  // namespace wsdeep::load

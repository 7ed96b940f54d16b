#include "load/compare/usable_runs.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "base/printable.h"

namespace wsdeep::load {
namespace {

std::string advice_of(const Verdict& verdict) {
  return verdict.signals.empty() || !verdict.signals.front().broken ? "" : verdict.signals.front().advice;
}

/// A reason ends with what to do about it.
std::string reason_without_advice(const Verdict& verdict) {
  if (verdict.reasons.empty()) return "INVALID";
  std::string reason = verdict.reasons.front();
  const std::string end = ": " + advice_of(verdict);
  if (reason.ends_with(end)) reason.resize(reason.size() - end.size());
  return reason;
}

/// Why it cannot be used.
std::string fault_of(const Result& result) {
  if (result.verdict.validity == Validity::kInvalid) return reason_without_advice(result.verdict);
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
      if (std::string advice = advice_of(result.verdict); !advice.empty()) usable.advice.insert(std::move(advice));
      continue;
    }
    if (!result.summary.warm_up.steady)
      usable.notes.push_back(fmt::format("{} had no steady state: its figures depend on how long it was", name));
    usable.runs.push_back(&result);
  }
  return usable;
}

}  // namespace wsdeep::load

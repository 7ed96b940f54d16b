#include "load/compare/usable_runs.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

std::string advice_of(const Verdict& verdict) {
  return verdict.signals.empty() || !verdict.signals.front().broken ? "" : verdict.signals.front().advice;
}

/// Why it cannot be used.
std::string fault_of(const Result& result) {
  const Verdict& verdict = result.verdict;
  if (verdict.validity != Validity::kInvalid) return end_text(result);
  return verdict.reasons.empty() ? "INVALID" : reason_text(verdict.reasons.front(), verdict.signals);
}

}  // namespace

UsableRuns usable_runs(const std::vector<const Result*>& all, std::string_view side) {
  UsableRuns usable;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Result& result = *all[i];
    const std::string name = fmt::format("{}{}run {} of {}", side, side.empty() ? "" : "'s ", i + 1, all.size());
    if (!is_usable(result)) {
      usable.notes.push_back(fmt::format("{} is left out: {}", name, fault_of(result)));
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

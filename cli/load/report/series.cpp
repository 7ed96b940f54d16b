#include "load/report/series.h"

#include <algorithm>
#include <array>

namespace wsdeep::load {

Finding Comparison::finding() const {
  if (!cannot.empty()) return Finding::kUndecided;
  for (const Finding worst : std::array{Finding::kWorse, Finding::kUndecided, Finding::kBetter})
    if (std::ranges::find(figures, worst, &ComparedFigure::finding) != figures.end()) return worst;
  return Finding::kNoDifference;
}

std::vector<const Result*> Series::runs_of(int side) const {
  std::vector<const Result*> found;
  for (const SeriesRun& run : runs)
    if (run.side == side) found.push_back(&run.result);
  return found;
}

bool is_usable(const Result& result) {
  return result.verdict.validity != Validity::kInvalid && result.ended_by == EndedBy::kSchedule;
}

}  // namespace wsdeep::load

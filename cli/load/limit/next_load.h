#pragma once

#include <optional>
#include <vector>

#include "load/report/limit_search.h"

namespace wsdeep::load {

/// What is known of a load after everything that was tried there: the last word counts, which is that of a longer run
/// with another seed; that the tool was the limit says nothing where another run could be believed.
struct KnownLoad {
  double load = 0;
  PointJudgement judged = PointJudgement::kUndecided;
};

/// Every load that was tried, in rising order.
std::vector<KnownLoad> known_loads(const std::vector<LimitPoint>& points);

/// The lowest that failed, and the highest below it that passed.
std::optional<double> lowest_failing(const std::vector<KnownLoad>& known);
std::optional<double> highest_passing(const std::vector<KnownLoad>& known);
/// The lowest of which the tool was the limit.
std::optional<double> lowest_invalid(const std::vector<KnownLoad>& known);

/// Where a search goes on.
struct NextLoad {
  double load = 0;
  TriedFor why = TriedFor::kFirst;
};

/// Between which loads it may move.
struct SearchRange {
  LoadAxis axis = LoadAxis::kRate;
  double least = 0;
  double cap = 0;
  double precision = 0.05;
};

/// Twice the highest load until one fails, half the lowest until one passes, then the middle (in the logarithm) of the
/// gap between them; what was undecided there splits it, and the gaps on its two sides are made narrower. Nothing when
/// they are narrow enough, or when the range ends.
std::optional<NextLoad> next_load(const std::vector<KnownLoad>& known, const SearchRange& range);

}  // namespace wsdeep::load

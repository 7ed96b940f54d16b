#pragma once

#include <vector>

#include "load/report/series.h"

namespace wsdeep::load {

/// What several runs of one target say together, of all that such tests measure. A percentile is that of all their
/// values in one histogram, its interval by the jackknife over runs: a percentile that is averaged over runs would be
/// too low near saturation, and an interval from single turns far too narrow. Shares and rates have Student's interval
/// over runs. `runs` are usable ones.
std::vector<PooledFigure> pooled_figures(const std::vector<const Result*>& runs);

}  // namespace wsdeep::load

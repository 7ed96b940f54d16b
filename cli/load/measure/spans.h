#pragma once

#include <vector>

#include "load/measure/run_log.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// So many spans has a run at most.
inline constexpr Micros kMostSpans = 40;

/// The whole run from the schedule's begin until `now`, on the schedule, in spans of as many whole seconds each.
std::vector<Span> spans_of(const RunLog& log, Micros now);

}  // namespace wsdeep::load

#pragma once

#include "load/measure/run_log.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// The warm-up that was given; else what MSER-5 finds on the times to the first text, in the order of the intended
/// instants, and on the mean in flight: the later of the two, rounded up to a whole second, at most half of the first
/// stage. A stage in which the rate changes has no steady state to find: nothing is cut off it. `now` is the end of the
/// run, on the schedule.
WarmUp find_warm_up(const RunLog& log, Micros now);

}  // namespace wsdeep::load

#pragma once

#include <vector>

#include "load/measure/run_log.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// Every second of the run, from the schedule's begin until `now`, on the schedule.
std::vector<Second> seconds_of(const RunLog& log, Micros now);

/// Counts a turn in its second. Bad is what was refused, failed, cut off, unfinished or slower than a level: neither
/// good nor given up by the user.
void count_second(Second& second, const KeptTurn& turn);

}  // namespace wsdeep::load

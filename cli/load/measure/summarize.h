#pragma once

#include "load/measure/run_log.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// `now`, the end of the run, is on the schedule.
Summary summarize(const RunLog& log, Micros now);

}  // namespace wsdeep::load

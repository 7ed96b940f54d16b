#pragma once

#include <vector>

#include "load/measure/run_log.h"
#include "load/measure/summary.h"
#include "load/turn/open_turn.h"

namespace wsdeep::load {

/// `now`, the end of the run, is on the schedule.
Summary summarize(const RunLog& log, Micros now);

/// The turns that ended in the last ten whole seconds before `now`, whenever they were intended: their slices alone, of
/// what is known by turns.
Summary summarize_recent(const RunLog& log, Micros now, const std::vector<OpenTurn>& open);

}  // namespace wsdeep::load

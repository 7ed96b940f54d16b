#pragma once

#include <deque>
#include <vector>

#include "load/measure/kept_turn.h"

namespace wsdeep::load {

/// How many turns were in flight, sent and not ended: the mean over each `unit` of the schedule until `end`, the last
/// of which may be shorter. `now` is the end of the run.
std::vector<double> mean_in_flight(const std::deque<KeptTurn>& turns, Micros end, Micros unit, Micros now);

}  // namespace wsdeep::load

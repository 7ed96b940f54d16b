#pragma once

#include <vector>

#include "load/measure/levels.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// Blocks of a run: the first is its warm-up, ten are counted.
inline constexpr int kPointBlocks = 11;

/// How long the first run of a point has to be at `rate` turns a second: so long that ten turns may be beyond each
/// level, that a block is longer than what the levels allow to wait, and than the answers take (`alone`): what a block
/// begins with must not be what it ends with. A minute at least: for seconds a queue near its limit remembers.
Micros point_length(const std::vector<Level>& levels, double rate, Micros alone);

}  // namespace wsdeep::load

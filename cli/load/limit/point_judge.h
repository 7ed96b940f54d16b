#pragma once

#include <string>
#include <vector>

#include "load/limit/level_blocks.h"
#include "load/report/limit_search.h"

namespace wsdeep::load {

/// Says of each level how large the share beyond it is, and judges the point by that: it passes when every upper bound
/// is within what is allowed, it fails when one lower bound is not. A load at which every one of several runs grows
/// fails too, and one that was ended as hopeless when twice of what is allowed would be beyond a level even if all that
/// was not sent any more had been good; where no run went to its end its levels are those of the one that was ended.
/// `wrong` is the chance that one bound may be wrong.
void judge_point(LimitPoint& point, const std::vector<Level>& levels, double wrong);

/// The level by which a point failed, by most where there are several; empty where no level says it: the load grew, or
/// a rule ended a run.
std::string level_that_failed(const LimitPoint& point, const std::vector<Level>& levels);

}  // namespace wsdeep::load

#pragma once

#include "load/measure/run_log.h"
#include "load/measure/summary.h"
#include "load/measure/window.h"

namespace wsdeep::load {

/// Of the turns that were intended in the window and whose node is known. Whether a node was alive at a turn's send is
/// known from what it answered later: one that answered nothing any more is taken for dead, and a chat that left it is
/// no broken stickiness.
NodeBalance balance_of(const RunLog& log, const Window& window);

}  // namespace wsdeep::load

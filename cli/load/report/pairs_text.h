#pragma once

#include "load/measure/paired.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// What the front door costs: the same prompt on both planes, pair by pair.
void tell_pairs(Page& page, const PairedFigures& figures);

}  // namespace wsdeep::load

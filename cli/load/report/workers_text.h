#pragma once

#include "load/report/page.h"
#include "load/report/result.h"

namespace wsdeep::load {

/// Of a run that many workers did: whose shares are in the figures, and how far apart their clocks may be; none of any
/// other run.
Facts workers_facts(const Result& result);
void tell_workers(Page& page, const Result& result);

}  // namespace wsdeep::load

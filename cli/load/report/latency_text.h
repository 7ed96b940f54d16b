#pragma once

#include "load/measure/summary.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// How well the times between tokens are known.
Facts itl_facts(const Slice& slice);
/// Times of turns, from the intended instant and beside it from the send, and those between pieces.
void tell_latencies(Page& page, const Slice& slice);
/// What opening connections took.
void tell_connection_times(Page& page, const Slice& slice);

}  // namespace wsdeep::load

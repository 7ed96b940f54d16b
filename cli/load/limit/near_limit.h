#pragma once

#include <vector>

#include "load/report/limit_search.h"

namespace wsdeep::load {

/// What was near the most that it can be while this point ran: slots and queues of nodes, KV caches, what turns and
/// connections were turned away with, and new connections a second. Only what was watched can be named.
std::vector<NearLimit> near_limits(const LimitPoint& point);

}  // namespace wsdeep::load

#pragma once

#include <string>

#include "load/report/limit_search.h"

namespace wsdeep::load {

/// A row for each point and level, in the order in which they were tried, as result_csv has those of a run.
std::string limit_csv(const LimitSearch& search);

}  // namespace wsdeep::load

#pragma once

#include <vector>

#include "load/plan/schedule.h"
#include "load/plan/source_file.h"

namespace wsdeep::load {

/// The stages in a file, one a line: `NAME? DURATION RATE`, or `NAME? DURATION RATE..RATE` for a ramp; `#` begins a
/// comment. Those without a name are called by their number, from 1. Throws Error{kUsage} with line and column.
std::vector<Stage> parse_stages(const SourceFile& file);

}  // namespace wsdeep::load

#pragma once

#include "load/plan/source_file.h"
#include "load/plan/trace.h"

namespace wsdeep::load {

/// Reads the traces of Azure (2023, 2024), BurstGPT and Mooncake. The first two are CSV, whose columns are found by
/// name, in any order; Mooncake's is JSON lines. Rows without a prompt or without an answer, which BurstGPT has for
/// requests that failed, are left out, and that is noted. Throws Error{kUsage} with line and column.
Trace parse_trace(const SourceFile& file);

}  // namespace wsdeep::load

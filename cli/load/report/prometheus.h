#pragma once

#include <string>

#include "load/report/result.h"

namespace wsdeep::load {

/// The figures of a run's window in Prometheus' text format, for its textfile collector or a push gateway:
/// `wsdeep_loadtest_ttft_seconds` and the other metrics as classic histograms, attempts by how they ended, rates, and
/// the verdict. What is unfinished counts in no bucket but the last (+Inf), as nobody knows how long it would have
/// taken; its age is in `_sum`. A bucket's edge is as exact as three digits are.
std::string result_prometheus(const Result& result);

}  // namespace wsdeep::load

#pragma once

#include <string>

#include "load/report/series.h"
#include "load/report/text.h"

namespace wsdeep::load {

/// What a person reads of several runs: of two sides first whether B is worse, of one how sure its figures are; then
/// each run in a line.
std::string series_report(const Series& series, const TextStyle& style);

/// `B's ttft_p99 is 9.8 % higher (6.1 % to 13.4 %, 5 runs a side, p = 0.008): regression`, or what could have been
/// seen.
std::string finding_sentence(const ComparedFigure& figure, const Comparison& comparison);

}  // namespace wsdeep::load

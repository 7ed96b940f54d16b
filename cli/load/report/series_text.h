#pragma once

#include <string>

#include "load/report/page.h"
#include "load/report/series.h"
#include "load/report/text.h"

namespace wsdeep::load {

/// What a person reads of several runs: of two sides first whether B is worse, of one how sure its figures are; then
/// each run in a line.
std::string series_report(const Series& series, const TextStyle& style);

/// What the whole of it comes to, in capitals.
TonedWord head_of_series(const Series& series);
/// Why not all runs were made; empty: they were.
std::string series_end(const Series& series);

/// `9.8 %`; of a share that changed the difference is meant, and so are points.
std::string change_text(const Subject& subject, double change);
/// `6.1 % to 13.4 %`
std::string change_interval_text(const Subject& subject, const ConfidenceInterval& interval);
/// `0.008`, `<0.001`
std::string p_cell(double p);

/// `B's ttft_p99 is 9.8 % higher (6.1 % to 13.4 %, 5 runs a side, p = 0.008): regression`, or what could have been
/// seen.
std::string finding_sentence(const ComparedFigure& figure, const Comparison& comparison);

}  // namespace wsdeep::load

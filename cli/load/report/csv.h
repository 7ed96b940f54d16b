#pragma once

#include <string>

#include "load/report/result.h"
#include "load/report/series.h"

namespace wsdeep::load {

/// A table as RFC 4180 has it, for spreadsheets: a row for each part of the run (`whole`, `stage`, `node`) and metric,
/// with the part's tally repeated; a part of which nothing was measured has one row without a metric. Where a
/// percentile is a lower bound its column `…_more_than` is 1. A name that a spreadsheet would take for a formula stands
/// behind an apostrophe.
std::string result_csv(const Result& result);

/// A row for each run: the figures that several runs are judged by.
std::string series_csv(const Series& series);

}  // namespace wsdeep::load

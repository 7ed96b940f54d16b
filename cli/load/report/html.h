#pragma once

#include <string>

#include "load/report/limit_search.h"
#include "load/report/result.h"
#include "load/report/series.h"

namespace wsdeep::load {

/// What a person reads of a run, as one page of HTML: it fetches nothing, has no script, and can be printed. In the
/// order of a reader's questions: may it be believed, were the levels met, what became of the attempts, how long did
/// they take and when, who answered, what did the tool notice of itself, how was it run.
std::string result_html(const Result& result);
/// The same of several runs: what they say together, how two sides differ, and each run.
std::string series_html(const Series& series);
/// Of a search for the limit, or a sweep: the interval, and every load that was tried against each level.
std::string limit_html(const LimitSearch& search);

}  // namespace wsdeep::load

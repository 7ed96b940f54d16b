#pragma once

#include <string>

#include "load/report/result.h"

namespace wsdeep::load {

/// What a person reads of a run, as one page of HTML: it fetches nothing, has no script, and can be printed. In the
/// order of a reader's questions: may it be believed, were the levels met, what became of the attempts, how long did
/// they take and when, who answered, what did the tool notice of itself, how was it run.
std::string result_html(const Result& result);

}  // namespace wsdeep::load

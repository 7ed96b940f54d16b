#pragma once

#include "commands/loadtest/runs.h"
#include "load/report/limit_search.h"

namespace wsdeep::commands {

/// `--find-limit` and `--sweep`: makes the runs that they need, says on stderr what is tried, and what was found.
/// Throws Error where nothing could be begun.
load::LimitSearch search_limit(const Runs& runs);

/// 0: some load passes; 6: even the least that was tried fails; 7: the tool was the limit before anything passed.
int exit_code_of(const load::LimitSearch& search);

}  // namespace wsdeep::commands

#pragma once

#include "commands/loadtest/options.h"
#include "load/report/result.h"
#include "load/run.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// The plan of `options`' words, once what has to be said of it is said. `exact_itl`: the node's own times of tokens
/// can be had. Throws as load::make_plan, parse_level and check_levels do.
load::RunPlan plan_of(const LoadOptions& options, bool exact_itl, Context& context);

/// Runs it, shows on stderr how it goes, writes what was asked for and prints the summary. The exit code.
int run_load_test(const LoadOptions& options, load::RunPlan plan, const load::MakeDriver& make_driver,
                  Context& context);

}  // namespace wsdeep::commands

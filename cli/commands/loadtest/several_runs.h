#pragma once

#include "commands/loadtest/one_run.h"
#include "load/report/series.h"
#include "load/runs.h"

namespace wsdeep::commands {

/// Makes runs of the command's test for whoever asks for several: side 0 is its target, side 1 what `--against` names,
/// or the target again. What `runs` refers to outlives it.
load::RunOne run_one_of(const Runs& runs);

/// `--repeat`, `--against`, `--a-a`: the runs, and what they say.
load::Series make_series(const Runs& runs);

/// The worst that is known of a series. An alarm of a target against itself is no regression: nothing that this set-up
/// compares can be trusted.
int exit_code_of(const load::Series& series);

}  // namespace wsdeep::commands

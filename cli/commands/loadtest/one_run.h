#pragma once

#include <string>

#include "commands/loadtest/runs.h"
#include "load/report/result.h"
#include "load/run.h"

namespace wsdeep::commands {

/// One run to its end, on this machine, while stderr shows how it goes, under `name` where it is one of several:
/// `A 3 of 5`. Throws Error where the first turn could not be begun, Error{kInterrupted} when a signal came before it.
load::Result run_once(const Runs& runs, load::RunPlan plan, const std::string& name = {});

/// The worst that is known of a run.
int exit_code_of(const load::Result& result);

}  // namespace wsdeep::commands

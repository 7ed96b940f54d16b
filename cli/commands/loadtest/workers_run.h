#pragma once

#include "commands/loadtest/runs.h"
#include "load/report/result.h"
#include "load/run.h"

namespace wsdeep::commands {

/// The plan done by the workers that `--on` asks for, to its end, and their shards merged; `on_progress` as run_load
/// does. Throws Error where they could not be had, or where none of them has sent anything.
load::Result run_on_workers(const Runs& runs, const load::RunPlan& plan, const load::OnProgress& on_progress);

}  // namespace wsdeep::commands

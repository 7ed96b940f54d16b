#pragma once

#include <memory>
#include <string>

#include "commands/loadtest/options.h"
#include "load/run.h"
#include "load/shard/place.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// The place that `--on` names. What its workers say on stderr is said here, with their names.
std::unique_ptr<load::Place> place_of(const LoadOptions& options, const load::RunPlan& plan, Context& context);

/// `--print-manifests`: what that place would create for such a run.
std::string manifests_of(const LoadOptions& options, const load::RunPlan& plan, Context& context);

/// All its workers read one clock.
bool has_one_clock(const WorkerOptions& options);

}  // namespace wsdeep::commands

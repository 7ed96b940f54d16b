#pragma once

#include <memory>

#include "commands/loadtest/options.h"
#include "load/shard/place.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// The place that `--on` names. What its workers say on stderr is said here, with their names.
std::unique_ptr<load::Place> place_of(const WorkerOptions& options, Context& context);

/// All its workers read one clock.
bool has_one_clock(const WorkerOptions& options);

}  // namespace wsdeep::commands

#pragma once

#include "commands/loadtest/load_test.h"
#include "load/shard/worker_role.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// What this process is to plan, and to plan once, as others wait for it: the command line's words, or where it is a
/// worker its role's in their place, once the files that these name are fetched. Throws as load::worker_role and
/// load::fetch_inputs do.
LoadOptions words_to_plan(LoadOptions options, Context& context);

/// Does one worker's share of a run and leaves its shard; what it says, and its exit code, are in worker_role.h. Throws
/// Error where nothing could be sent, once its shard says so.
int run_worker(LoadTest test, const load::WorkerRole& role, Context& context);

}  // namespace wsdeep::commands

#pragma once

#include "commands/loadtest/load_test.h"
#include "load/shard/worker_role.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// Does one worker's share of a run and leaves its shard; what it says, and its exit code, are in worker_role.h. Throws
/// Error where nothing could be sent, once its shard says so.
int run_worker(const LoadOptions& options, const LoadTest& test, const load::WorkerRole& role, Context& context);

}  // namespace wsdeep::commands

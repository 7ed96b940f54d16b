#pragma once

#include <string>

#include "load/run.h"
#include "load/shard/shard_file.h"

namespace wsdeep::load {

/// What stands in the shards of this run of this plan, on whichever machine it was planned.
ShardOpening shard_opening(const RunPlan& plan, const std::string& run);

}  // namespace wsdeep::load

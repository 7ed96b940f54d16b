#pragma once

#include <string>

#include "load/run.h"
#include "load/shard/shard_file.h"
#include "load/shard/worker_role.h"

namespace wsdeep::load {

/// `none`, `5000000us`: the words of `--warm-up` for so much.
std::string warm_up_words(Micros warm_up);

/// What workers are told of what this run measures.
MeasureWords measure_words(const RunPlan& plan);

/// What stands in the shards of this run of this plan, on whichever machine it was planned.
ShardOpening shard_opening(const RunPlan& plan, const std::string& run);

}  // namespace wsdeep::load

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/recorder_options.h"
#include "load/report/result.h"
#include "load/shard/shard_file.h"

namespace wsdeep::load {

/// A run that workers did, as whoever had them do it knows it.
struct MergedRun {
  Result head;                ///< what is known without them: kind, target, shape, how it ended if that was from here
  RecorderOptions recorder;   ///< with 0 as its begin
  ShardOpening opening;       ///< of every shard, but for its worker
  Micros longest = 0;         ///< no run of this plan can have been longer: a shard that says so is not to be believed
  std::uint64_t planned = 0;  ///< arrivals of the whole schedule; 0: a closed loop
  bool one_clock = false;     ///< the workers are on one machine: they began together, whatever its clock says
};

/// What is there of a worker.
struct WorkerOutcome {
  std::optional<std::filesystem::path> shard{};
  std::string why{};  ///< of one without a shard
};

/// The result that one machine would have had of all records: the records of every worker (there are
/// `opening.share.workers`) go into one Recorder. A shard that is missing, damaged, of another run, or another
/// worker's, is left out, named, and makes the run INVALID; nothing is scaled. Throws Error{kFailure} when there is
/// none at all.
Result merge_shards(const MergedRun& run, const std::vector<WorkerOutcome>& outcomes);

}  // namespace wsdeep::load

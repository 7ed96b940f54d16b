#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "load/report/json.h"
#include "load/shard/merge.h"
#include "load/shard/shard_file.h"
#include "support/random_runs.h"

/// Shards that workers might have left.
namespace wsdeep::testing {

inline load::ShardOpening some_opening(int worker, int workers) {
  return {.version = "1.2.3", .run = "5f0c3a9b12d47e60", .plan = "a plan", .share = {worker, workers}};
}

inline std::string result_of_share(const load::Result& result = {}) {
  return load::result_json(result);
}

/// A run that was begun on so many workers.
inline load::MergedRun merged_run(const load::RandomRun& run, int workers) {
  load::MergedRun merged;
  merged.recorder = run.options;
  merged.recorder.begin = 0;
  merged.opening = some_opening(0, workers);
  merged.longest = run.now;
  merged.planned = run.turns.size();
  return merged;
}

/// What this worker has of a run: the turns i ≡ worker.
inline void write_share(load::ShardFile& shard, const load::RandomRun& run, const load::WorkerShare& share) {
  shard.on_begin(run.options.begin);
  for (std::size_t i = 0; i < run.turns.size(); ++i)
    if (share.has(i)) shard.on_turn(run.turns[i]);
  load::Micros length = 0;
  for (const load::Stage& stage : run.options.stages) length += stage.duration;
  shard.on_over(run.ended.value_or(run.options.begin + length), run.now);
}

/// A file for each worker of a run, in this folder.
inline std::vector<load::WorkerOutcome> write_shards(const std::filesystem::path& folder, const load::RandomRun& run,
                                                     int workers, const load::Result& result = {}) {
  std::vector<load::WorkerOutcome> outcomes;
  for (int worker = 0; worker < workers; ++worker) {
    const std::filesystem::path path = folder / (std::to_string(worker) + ".shard");
    load::ShardFile shard(path, some_opening(worker, workers));
    write_share(shard, run, {worker, workers});
    shard.finish({.clock = {.most = 1000, .known_by = "kernel"}, .result = result_of_share(result)});
    outcomes.push_back({.shard = path});
  }
  return outcomes;
}

}  // namespace wsdeep::testing

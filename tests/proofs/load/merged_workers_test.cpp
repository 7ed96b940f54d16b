#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "load/measure/levels.h"
#include "load/measure/recorder.h"
#include "load/report/hdr_log.h"
#include "load/report/json.h"
#include "support/shards.h"
#include "support/temporary_folder.h"

namespace wsdeep::load {
namespace {

using wsdeep::testing::merged_run;
using wsdeep::testing::TemporaryFolder;
using wsdeep::testing::write_shards;

constexpr int kTestWorkers = 8;

/// Nodes in an order that does not depend on who was heard first.
Result with_sorted_nodes(Result result) {
  std::ranges::sort(result.summary.nodes, {}, &Slice::name);
  return result;
}

/// What one machine makes of the same turns.
Result result_of_one(const RandomRun& run) {
  Recorder recorder(run.options);
  for (std::size_t i = 0; i < run.turns.size(); ++i) {
    TurnRecord turn = run.turns[i];
    turn.conversation = turn.conversation * kTestWorkers + i % kTestWorkers;
    recorder.on_turn(std::move(turn));
  }
  if (run.ended) recorder.end_schedule(*run.ended);
  Result result;
  result.summary = recorder.summary(run.now);
  return result;
}

TEST(MergedWorkers, AreWhatOneMachineMeasures) {
  const TemporaryFolder folder;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RandomRun run = RandomRuns(seed).make();
    run.options.levels = {parse_level("ttft_p99<800ms"), parse_level("each node: good_share>50%")};
    Result one = result_of_one(run);
    Result merged = merge_shards(merged_run(run, kTestWorkers), write_shards(folder.path(), run, kTestWorkers));
    Result all;
    all.summary = merged.summary;
    EXPECT_EQ(result_json(with_sorted_nodes(all)), result_json(with_sorted_nodes(one))) << "seed " << seed;
    EXPECT_EQ(write_hdr_log(hdr_log_of(all)), write_hdr_log(hdr_log_of(one))) << "seed " << seed;
  }
}

}  // namespace
}  // namespace wsdeep::load

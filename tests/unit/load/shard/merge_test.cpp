#include "load/shard/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/measure/connections.h"
#include "load/report/json.h"
#include "load/shard/shard_bytes.h"
#include "support/shards.h"
#include "support/temporary_folder.h"

namespace wsdeep::load {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using wsdeep::testing::merged_run;
using wsdeep::testing::some_opening;
using wsdeep::testing::write_shards;
using wsdeep::testing::write_share;

constexpr int kTestWorkers = 8;

std::string frame_of(std::uint64_t kind, const std::string& content) {
  ShardBytesOut out;
  out.number(kind);
  out.text(content);
  return out.take();
}

/// A shard as it stands before it is compressed, which is read as well: with so much more behind what its frames hold.
std::string plain_shard(const std::string& behind_opening, const std::string& behind_closing) {
  const ShardOpening whose = some_opening(3, kTestWorkers);
  ShardBytesOut opening, closing;
  for (const std::string& text : {whose.version, whose.run, whose.plan}) opening.text(text);
  opening.signed_number(whose.share.worker);
  opening.signed_number(whose.share.workers);
  for (int instant = 0; instant < 2; ++instant) closing.signed_number(0);
  closing.number(0);
  for (const std::string& text : {std::string(), std::string("nothing was sent"), std::string()}) closing.text(text);
  return "wsdeep.loadtest.shard/1\n" + frame_of(1, opening.take() + behind_opening) +
         frame_of(4, closing.take() + behind_closing);
}

class MergeTest : public ::testing::Test {
 protected:
  Result merge(const std::vector<WorkerOutcome>& outcomes) const {
    return merge_shards(merged_run(run_, kTestWorkers), outcomes);
  }
  static void rewrite(const std::filesystem::path& file, const std::function<void(std::string&)>& change) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    change(bytes);
    std::ofstream(file, std::ios::binary) << bytes;
  }

  const wsdeep::testing::TemporaryFolder folder_;
  const RandomRun run_ = RandomRuns(7).make();
};

TEST_F(MergeTest, PassesEachRecordOnInTheOrderOfTheirEnds) {
  MergedRun merged = merged_run(run_, kTestWorkers);
  std::vector<Micros> ends;
  merged.recorder.on_record = [&](const TurnRecord& turn) {
    if (turn.end != kNever) ends.push_back(turn.end);
  };
  merge_shards(merged, write_shards(folder_.path(), run_, kTestWorkers));
  EXPECT_FALSE(ends.empty());
  EXPECT_TRUE(std::ranges::is_sorted(ends));
}

TEST_F(MergeTest, AddsUpWhatIsNotInTheRecords) {
  Result share;
  share.pacing = {.planned = 3, .begun = 3, .late = {}};
  share.pacing.late.record(40, 3);
  share.driver.sessions = SessionFigures{.opened = 5, .failed = 1, .opened_for_turns = 2, .lost = 1};
  share.driver.cancels = CancelFigures{.cancelled = 2, .known = 1, .resolution = 7, .slot_seconds = 0.5};
  share.summary.little = {.in_flight = 2, .rate_times_time = 2.1, .residual = 0.05, .allowance = 0.06};
  const Result merged = merge(write_shards(folder_.path(), run_, kTestWorkers, share));
  EXPECT_EQ(merged.pacing.planned, 24u);
  EXPECT_EQ(merged.pacing.late.count(), 24u);
  EXPECT_EQ(merged.driver.sessions, (SessionFigures{.opened = 40, .failed = 8, .opened_for_turns = 16, .lost = 8}));
  EXPECT_EQ(merged.driver.cancels->cancelled, 16u);
  EXPECT_EQ(merged.driver.cancels->slot_seconds, 4);
  EXPECT_DOUBLE_EQ(merged.summary.little.in_flight, 16);
  EXPECT_NEAR(merged.summary.little.residual, 0.1 / 2.1, 1e-9);
}

/// Worker w of two opens sessions 0 and 1, of its own counting, and a storm takes both.
ConnectionRecord held_session(std::uint64_t session, Micros intended, bool again) {
  ConnectionRecord record{.session = session, .intended = intended, .begin = intended};
  record.opened = intended + 5'000;
  record.again = again;
  if (!again) record.closed = 2'000'000 + intended;
  if (!again) record.reason = kStorm;
  return record;
}

TEST_F(MergeTest, CountsHeldSessionsAndStormsAnew) {
  std::vector<ConnectionRecord> all;
  std::vector<WorkerOutcome> outcomes;
  for (std::uint64_t worker = 0; worker < 2; ++worker) {
    std::vector<ConnectionRecord> own;
    for (std::uint64_t session = 0; session < 2; ++session) {
      const Micros at = 1'000 * static_cast<Micros>(session * 2 + worker);
      own.push_back(held_session(session, at, false));
      own.push_back(held_session(session, 2'100'000 + at, true));
    }
    const StormMark mark{.at = 2'000'000, .turns = {.under_way = 2, .answered = 1, .lost = 1}};
    Result result;
    result.driver.connections = connection_figures(own, {mark});
    outcomes.push_back({.shard = folder_.path() / std::to_string(worker)});
    ShardFile shard(*outcomes.back().shard, some_opening(static_cast<int>(worker), 2));
    shard.on_begin(0);
    for (ConnectionRecord record : own) {
      shard.on_connection(record);
      record.session = record.session * 2 + worker;
      all.push_back(record);
    }
    shard.on_over(3'000'000, 4'000'000);
    shard.finish({.result = result_json(result)});
  }
  MergedRun run;
  run.opening = some_opening(0, 2);
  run.longest = 4'000'000;
  Result expected;
  expected.driver.connections =
      connection_figures(all, {{.at = 2'000'000, .turns = {.under_way = 4, .answered = 2, .lost = 2}}});
  Result merged;
  merged.driver.connections = merge_shards(run, outcomes).driver.connections;
  EXPECT_EQ(merged.driver.connections->storms.at(0).lost, 4u);
  EXPECT_EQ(result_json(merged), result_json(expected));
}

TEST_F(MergeTest, NamesAWorkerThatWasTheLimit) {
  Result share;
  share.verdict.signals = {{"cpu", "97.0 %", "80.0 %", "lower the rate", true}, {"stopped", "1 ms", "100 ms"}};
  const Result merged = merge(write_shards(folder_.path(), run_, kTestWorkers, share));
  EXPECT_EQ(merged.verdict.validity, Validity::kInvalid);
  EXPECT_THAT(merged.verdict.reasons, Contains("INVALID: worker 3: cpu is 97.0 %, limit 80.0 %: lower the rate"));
  EXPECT_EQ(merged.workers->at(3).signals.size(), 2u);
}

/// What is wrong with worker 3's shard, and what is said of it.
TEST_F(MergeTest, NamesEachWorkerWhoseShareIsMissing) {
  struct Case {
    std::string name;
    std::function<void(std::vector<WorkerOutcome>&)> spoil;
    std::string words;
  };
  const Case cases[] = {
      {"killed", [](auto& outcomes) { outcomes[3] = {.why = "it was killed by signal 9 (Killed)"}; },
       "it was killed by signal 9 (Killed)"},
      {"none", [](auto& outcomes) { outcomes[3] = {}; }, "it left no shard"},
      {"no file", [](auto& outcomes) { std::filesystem::remove(*outcomes[3].shard); }, "No such file"},
      {"another's", [](auto& outcomes) { outcomes[3] = outcomes[2]; }, "its shard is that of worker 2 of 8"},
      {"cut off",
       [](auto& outcomes) { rewrite(*outcomes[3].shard, [](std::string& bytes) { bytes.resize(bytes.size() / 2); }); },
       "it ends too early"},
      {"damaged",
       [](auto& outcomes) { rewrite(*outcomes[3].shard, [](std::string& bytes) { bytes[bytes.size() - 6] ^= 1; }); },
       "it is damaged"},
      {"no shard", [](auto& outcomes) { rewrite(*outcomes[3].shard, [](std::string& bytes) { bytes = "hello"; }); },
       "it ends too early"},
      {"of nothing",
       [](auto& outcomes) { rewrite(*outcomes[3].shard, [](auto& bytes) { bytes = plain_shard("", ""); }); },
       "nothing was sent"},
      {"more in its opening",
       [](auto& outcomes) { rewrite(*outcomes[3].shard, [](auto& bytes) { bytes = plain_shard("x", ""); }); },
       "something follows an opening"},
      {"more in its closing",
       [](auto& outcomes) { rewrite(*outcomes[3].shard, [](auto& bytes) { bytes = plain_shard("", "x"); }); },
       "something follows a closing"},
  };
  for (const Case& each : cases) {
    std::vector<WorkerOutcome> outcomes = write_shards(folder_.path(), run_, kTestWorkers);
    each.spoil(outcomes);
    const Result merged = merge(outcomes);
    EXPECT_EQ(merged.verdict.validity, Validity::kInvalid) << each.name;
    EXPECT_THAT(merged.workers->at(3).missing, HasSubstr(each.words)) << each.name;
    EXPECT_THAT(merged.verdict.reasons, Contains(HasSubstr("INVALID: worker 3 is missing: "))) << each.name;
    EXPECT_EQ(merged.workers->at(2).missing, "") << each.name;
  }
}

TEST_F(MergeTest, RefusesShardsOfAnotherRun) {
  struct Case {
    std::function<void(ShardOpening&)> change;
    std::string words;
  };
  const Case cases[] = {
      {[](ShardOpening& opening) { opening.run = "0000000000000000"; },
       "its shard is of run 5f0c3a9b12d47e60, this is 0000000000000000"},
      {[](ShardOpening& opening) { opening.plan = "another"; }, "its shard is of another plan"},
      {[](ShardOpening& opening) { opening.version = "2"; }, "its shard was written by version 1.2.3, this is 2"},
  };
  const std::vector<WorkerOutcome> outcomes = write_shards(folder_.path(), run_, kTestWorkers);
  for (const Case& each : cases) {
    MergedRun merged = merged_run(run_, kTestWorkers);
    each.change(merged.opening);
    try {
      merge_shards(merged, outcomes);
      ADD_FAILURE() << each.words;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFailure);
      EXPECT_THAT(error.what(), HasSubstr(each.words));
    }
  }
}

TEST_F(MergeTest, SaysWhetherTheClocksAllowACommonStart) {
  const std::vector<WorkerOutcome> outcomes = write_shards(folder_.path(), run_, kTestWorkers);
  EXPECT_THAT(merge(outcomes).verdict.signals.back().name, "common_start");
  MergedRun merged = merged_run(run_, kTestWorkers);
  ShardFile shard(*outcomes[3].shard, some_opening(3, kTestWorkers));
  write_share(shard, run_, {3, kTestWorkers});
  shard.finish({.clock = {.most = 250'000, .known_by = "kernel"}, .result = result_json({})});
  const auto says_not_held =
      Contains(HasSubstr("INCONCLUSIVE: nobody knows that the workers began together: "
                         "common_start is ± 250 ms, limit ± 100 ms"));
  EXPECT_THAT(merge_shards(merged, outcomes).verdict.reasons, says_not_held);
  merged.one_clock = true;
  EXPECT_THAT(merge_shards(merged, outcomes).verdict.reasons, ::testing::Not(says_not_held));
}

}  // namespace
}  // namespace wsdeep::load

#include "load/compare/run_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "support/load_queue.h"
#include "support/minute_series.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::minute_at;
using testing::short_answers;

bool go_on() {
  return true;
}

std::vector<std::string> order_of(const std::vector<RunSpec>& specs) {
  std::vector<std::string> names;
  for (const RunSpec& spec : specs) names.push_back(spec.name);
  return names;
}

TEST(RunSeries, InterleavesBlocksThatHaveOneSeedEach) {
  SeriesPlan plan{.runs = 3, .targets = {"a", "b"}};
  const auto specs = specs_of(plan);
  EXPECT_THAT(order_of(specs), ElementsAre("A 1 of 3", "B 1 of 3", "B 2 of 3", "A 2 of 3", "A 3 of 3", "B 3 of 3"));
  for (std::size_t i = 0; i < specs.size(); ++i) {
    EXPECT_EQ(specs[i].side == 0, specs[i].name.starts_with("A"));
    EXPECT_EQ(specs[i].plan.seed == specs[(i + 1) % 6].plan.seed, i % 2 == 0) << i;
  }
}

TEST(RunSeries, OfOneSideHasAnotherSeedForEachRun) {
  SeriesPlan plan{.runs = 2, .targets = {"a"}};
  plan.plan.seed = 7;
  const auto specs = specs_of(plan);
  EXPECT_THAT(order_of(specs), ElementsAre("1 of 2", "2 of 2"));
  EXPECT_NE(specs[0].plan.seed, specs[1].plan.seed);
  plan.plan.seed = 8;
  EXPECT_NE(specs_of(plan)[0].plan.seed, specs[0].plan.seed);
}

TEST(RunSeries, KeepsWhatThereIsWhenALaterRunFails) {
  const RunOne queue = testing::queue_runs({short_answers(1)}, {}, 0);
  SeriesPlan plan = minute_at(0.3, 1);
  plan.targets = {"a"};
  int runs = 0;
  const RunOne breaks = [&](const RunSpec& spec) {
    if (++runs == 3) throw Error(ErrorKind::kFailure, "cannot connect");
    return queue(spec);
  };
  const Series series = run_series(plan, breaks, go_on);
  EXPECT_EQ(series.runs.size(), 2U);
  EXPECT_EQ(series.ended_by, EndedBy::kFault);
  EXPECT_EQ(series.ended_why, "run 3 of 5: cannot connect");
  EXPECT_EQ(series.sides[0].figures.front().no_interval, "2 runs: no interval, which takes 5");
}

TEST(RunSeries, ThrowsWhatTheFirstRunThrows) {
  const RunOne breaks = [](const RunSpec&) -> Result { throw Error(ErrorKind::kFailure, "cannot connect"); };
  EXPECT_THROW(run_series(minute_at(0.3, 1), breaks, go_on), Error);
}

TEST(RunSeries, EndsWhereItIsInterrupted) {
  const RunOne queue = testing::queue_runs({short_answers(1), short_answers(2)}, {}, 0);
  int pauses = 0;
  const Series between = run_series(minute_at(0.3, 1), queue, [&] { return ++pauses < 3; });
  EXPECT_EQ(between.runs.size(), 3U);
  EXPECT_EQ(between.ended_by, EndedBy::kInterrupt);
  const RunOne interrupted = [&](const RunSpec& spec) {
    Result result = queue(spec);
    if (spec.name == "B 1 of 5") result.ended_by = EndedBy::kInterrupt;
    return result;
  };
  const Series within = run_series(minute_at(0.3, 1), interrupted, go_on);
  EXPECT_EQ(within.runs.size(), 2U);
  EXPECT_EQ(within.ended_by, EndedBy::kInterrupt);
  EXPECT_THAT(within.comparison->cannot, HasSubstr("1 of A and 0 of B that can be used"));
  EXPECT_THAT(within.comparison->notes, ElementsAre("B's run 1 of 1 is left out: ended early: interrupted"));
}

}  // namespace
}  // namespace wsdeep::load

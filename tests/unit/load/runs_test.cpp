#include "load/runs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/load_queue.h"

// The service that tests of series and searches run on is itself held to theory.

namespace wsdeep::load {
namespace {

using testing::QueueService;
using testing::ServiceTimes;

TEST(LoadQueue, MakesValidRunsThatWaitAsMD1Does) {
  constexpr double kLoad = 0.5;
  const QueueService service{.slots = 1, .prefill = 20'000, .tokens = 1, .token = 5'000, .times = ServiceTimes::kFixed};
  const RunOne run = testing::queue_runs({service}, {}, 0);
  const Result result = run({.plan = {.rate = fmt::format("{}/s", service.rate_at(kLoad)), .duration = "1h"}});
  EXPECT_EQ(result.verdict.validity, Validity::kValid) << result.verdict.reasons.front();
  const double wait = service.mean_service() * kLoad / (2 * (1 - kLoad));  // Pollaczek and Khinchine
  EXPECT_NEAR(result.summary.whole.of(Metric::kTtft).values.mean(), service.mean_service() + wait, 0.03 * wait);
}

TEST(LoadQueue, DrawsEachRunAnewAndIsSlowerByItsFactor) {
  QueueService slow;
  slow.slower = 1.5;
  const RunOne run = testing::queue_runs({{}, slow});
  const auto mean_of = [&](int side) {
    return run({.plan = {.rate = "2/s", .duration = "1000s"}, .side = side})
        .summary.whole.of(Metric::kTtft)
        .values.mean();
  };
  const double first = mean_of(0);
  EXPECT_NE(mean_of(0), first);
  EXPECT_NEAR(mean_of(1) / first, 1.5, 0.1);
}

TEST(LoadQueue, LeavesUnfinishedWhatTakesLongerThanTheDrain) {
  QueueService service;
  service.slots = 1;
  const Result result = testing::queue_runs({service})({.plan = {.rate = "20/s", .duration = "60s"}});
  EXPECT_GT(result.summary.whole.tally.unfinished, 0U);
  EXPECT_TRUE(result.summary.whole.tally.adds_up());
}

}  // namespace
}  // namespace wsdeep::load

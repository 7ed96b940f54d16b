#include "load/compare/pooled.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/load_queue.h"

namespace wsdeep::load {
namespace {

using testing::QueueService;
using testing::ServiceTimes;

std::vector<Result> queue_results(std::size_t count, double load, std::uint64_t seed) {
  const QueueService service{
      .slots = 1, .prefill = 40'000, .tokens = 1, .token = 10'000, .times = ServiceTimes::kExponential, .seed = seed};
  const RunOne run = testing::queue_runs({service}, {}, 0);
  std::vector<Result> results;
  for (std::size_t i = 1; i <= count; ++i)
    results.push_back(run(
        {.plan = {.rate = fmt::format("{}/s", service.rate_at(load)), .duration = "60s", .seed = seed_of(seed, i)}}));
  return results;
}

std::vector<PooledFigure> figures_of(const std::vector<Result>& results) {
  std::vector<const Result*> runs;
  for (const Result& result : results) runs.push_back(&result);
  return pooled_figures(runs);
}

const PooledFigure& figure_named(const std::vector<PooledFigure>& figures, const std::string& name) {
  return *std::ranges::find(figures, name, [](const PooledFigure& figure) { return figure.subject.name; });
}

TEST(PooledFigures, SayHowManyRunsAnIntervalTakes) {
  const std::vector<Result> results = queue_results(5, 0.5, 1);
  const auto five = figures_of(results);
  EXPECT_TRUE(figure_named(five, "ttft_p50").interval);
  EXPECT_TRUE(figure_named(five, "goodput").interval);
  EXPECT_TRUE(figure_named(five, "ttft_p50").detectable);
  EXPECT_EQ(figure_named(five, "ttft_p99").interval, std::nullopt);
  EXPECT_EQ(figure_named(five, "ttft_p99").no_interval, "5 runs: no interval, which takes 10");
  const auto one = figures_of({results.front()});
  EXPECT_EQ(figure_named(one, "ttft_p50").no_interval, "1 run: no interval, which takes 5");
  EXPECT_EQ(figure_named(one, "ttft_p50").detectable, std::nullopt);
  EXPECT_TRUE(figures_of({}).empty());
}

TEST(PooledFigures, AreThoseOfAllValuesTogether) {
  std::vector<Result> results = queue_results(3, 0.5, 2);
  Distribution all;
  for (const Result& result : results) all.add(result.summary.whole.of(Metric::kTtft));
  const auto figures = figures_of(results);
  EXPECT_EQ(*figure_named(figures, "ttft_p99").value, static_cast<double>(all.quantile(0.99)->value));
}

/// M/M/1: TTFT is exponential with the mean s/(1 − ρ), so that its median is known.
TEST(PooledFigures, HaveIntervalsThatHoldTheTruth) {
  constexpr double kLoad = 0.5;
  constexpr double kMedian = 50'000 / (1 - kLoad) * 0.693147;
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto figures = figures_of(queue_results(10, kLoad, seed));
    const auto interval = figure_named(figures, "ttft_p50").interval;
    ASSERT_TRUE(interval);
    held += interval->low <= kMedian && kMedian <= interval->high ? 1 : 0;
  }
  EXPECT_GE(held, 17);
}

}  // namespace
}  // namespace wsdeep::load

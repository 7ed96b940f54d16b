#include "load/compare/pooled.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/queue_results.h"

namespace wsdeep::load {
namespace {

using testing::figure_named;
using testing::figures_of;
using testing::queue_results;

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

}  // namespace
}  // namespace wsdeep::load

#include <gtest/gtest.h>

#include <cstdint>

#include "load/compare/pooled.h"
#include "support/queue_results.h"

namespace wsdeep::load {
namespace {

using testing::figure_named;
using testing::figures_of;
using testing::queue_results;

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

#include "stack/settings/drain_times.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

TEST(DrainTimes, EachOutlastsTheOneBeforeAndAllFitWhatAwsTakes) {
  for (const std::int64_t seconds : {std::int64_t{1}, std::int64_t{30}, std::int64_t{300}, kMaxDrainSeconds}) {
    const DrainTimes times = drain_times(seconds);
    EXPECT_EQ(times.grace, seconds);
    EXPECT_LT(times.lame_duck + times.grace, times.node_stop) << seconds;
    EXPECT_LT(times.node_stop, times.engine_stop) << seconds;
    EXPECT_LT(times.engine_stop, times.engine_unit) << seconds;
    EXPECT_LT(times.engine_unit, times.deregistration) << seconds;
    EXPECT_LT(times.deregistration, times.hook) << seconds;
    EXPECT_LE(times.deregistration, 3600) << seconds;
    EXPECT_LE(times.hook, 7200) << seconds;
  }
}

}  // namespace
}  // namespace wsdeep::stack

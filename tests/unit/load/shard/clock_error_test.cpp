#include "load/shard/clock_error.h"

#include <gtest/gtest.h>
#include <sys/timex.h>

namespace wsdeep::load {
namespace {

TEST(ClockError, IsWhatTheKernelBounds) {
  EXPECT_EQ(clock_error_of(TIME_OK, STA_PLL, 1234), (ClockError{.most = 1234, .known_by = "kernel"}));
}

TEST(ClockError, IsNotKnownWhereNothingKeepsTheClock) {
  const ClockError nobody{.known_by = "nothing keeps this machine's clock in step"};
  EXPECT_EQ(clock_error_of(TIME_ERROR, 0, 1234), nobody);
  EXPECT_EQ(clock_error_of(TIME_OK, STA_UNSYNC, 1234), nobody);
}

TEST(ClockError, OfThisMachineIsKnownOrSaysWhyNot) {
  const ClockError here = clock_error();
  EXPECT_FALSE(here.known_by.empty());
}

}  // namespace
}  // namespace wsdeep::load

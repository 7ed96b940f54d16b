#include "commands/adaptive_limiter.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace wsdeep::commands {
namespace {

using namespace std::chrono_literals;

class AdaptiveLimiterTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  AdaptiveLimiter limiter_{clock_};

  /// Sends at the rate that the limiter allows to a service that takes `capacity` requests a second, for `time`.
  /// The number that it accepted.
  int run(double capacity, std::chrono::seconds time) {
    const SteadyTime end = clock_.steady_now() + time;
    double tokens = 0;
    int accepted = 0;
    SteadyTime before = clock_.steady_now();
    while (clock_.steady_now() < end) {
      clock_.advance(std::max<std::chrono::nanoseconds>(limiter_.reserve(), 1ms));
      const std::chrono::duration<double> elapsed = clock_.steady_now() - before;
      before = clock_.steady_now();
      tokens = std::min(capacity / 10, tokens + elapsed.count() * capacity);
      if (tokens < 1) {
        limiter_.refused(clock_.steady_now());
        continue;
      }
      tokens -= 1;
      limiter_.accepted();
      ++accepted;
    }
    return accepted;
  }
};

TEST_F(AdaptiveLimiterTest, HoldsNothingBackUntilItIsRefused) {
  for (int i = 0; i < 10000; ++i) {
    EXPECT_EQ(limiter_.reserve(), 0ns);
    limiter_.accepted();
  }
  EXPECT_EQ(limiter_.rate(), 0);
}

TEST_F(AdaptiveLimiterTest, BeginsWithTwoThirdsOfWhatWasAccepted) {
  for (int i = 0; i < 90; ++i) {
    clock_.advance(10ms);
    limiter_.accepted();
  }
  limiter_.refused(clock_.steady_now());
  EXPECT_NEAR(limiter_.rate(), 100 * 2.0 / 3, 0.01);
}

TEST_F(AdaptiveLimiterTest, SpacesRequestsEvenly) {
  for (int i = 0; i < 30; ++i) limiter_.accepted();
  clock_.advance(1s);
  limiter_.refused(clock_.steady_now());
  ASSERT_NEAR(limiter_.rate(), 20, 0.01);
  EXPECT_EQ(limiter_.reserve(), 0ns);
  EXPECT_NEAR(static_cast<double>(limiter_.reserve().count()), 50e6, 1e6);
  EXPECT_NEAR(static_cast<double>(limiter_.reserve().count()), 100e6, 1e6);
}

TEST_F(AdaptiveLimiterTest, CutsOnceForRequestsThatWereUnderWayTogether) {
  for (int i = 0; i < 30; ++i) limiter_.accepted();
  const SteadyTime sent = clock_.steady_now();
  clock_.advance(1s);
  limiter_.refused(sent);
  const double after_one = limiter_.rate();
  for (int i = 0; i < 15; ++i) limiter_.refused(sent);
  EXPECT_EQ(limiter_.rate(), after_one);
  clock_.advance(100ms);
  limiter_.refused(clock_.steady_now());
  EXPECT_NEAR(limiter_.rate(), after_one * 2 / 3, 0.01);
}

TEST_F(AdaptiveLimiterTest, NeverStops) {
  for (int i = 0; i < 100; ++i) {
    clock_.advance(10s);
    limiter_.refused(clock_.steady_now());
  }
  EXPECT_EQ(limiter_.rate(), 0.5);
}

TEST_F(AdaptiveLimiterTest, UsesMostOfTheRoomThatThereIs) {
  run(50, 10s);
  const int accepted = run(50, 60s);
  EXPECT_GT(accepted, 50 * 60 * 7 / 10);
  EXPECT_LE(accepted, 50 * 60 + 5);
}

TEST_F(AdaptiveLimiterTest, FindsTheRoomThatBecomesFree) {
  run(10, 30s);
  EXPECT_GT(run(100, 300s), 300 * 50);
}

}  // namespace
}  // namespace wsdeep::commands

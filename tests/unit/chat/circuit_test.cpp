#include "chat/circuit.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace wsdeep::chat {
namespace {

using std::chrono::milliseconds;
using testing::ManualClock;

class CircuitTest : public ::testing::Test {
 protected:
  void fail(int times, milliseconds retry_after = milliseconds(0)) {
    for (int i = 0; i < times; ++i) {
      const auto began = circuit.admit(clock.steady_now());
      ASSERT_TRUE(began);
      circuit.failed(*began, clock.steady_now(), retry_after);
    }
  }
  bool admits() { return circuit.admit(clock.steady_now()).has_value(); }

  ManualClock clock;
  Circuit circuit{[] { return 1.0; }};  // the longest wait
};

TEST_F(CircuitTest, OpensAfterFiveFailuresInARow) {
  fail(4);
  EXPECT_EQ(circuit.state(), Circuit::State::kClosed);
  circuit.succeeded();
  fail(4);
  EXPECT_TRUE(admits());
  fail(1);
  EXPECT_EQ(circuit.state(), Circuit::State::kOpen);
  EXPECT_FALSE(admits());
  EXPECT_EQ(circuit.remaining(clock.steady_now()), milliseconds(1000));
}

TEST_F(CircuitTest, LetsOneThroughWhenItsWaitIsOver) {
  fail(5);
  clock.advance(milliseconds(1000));
  EXPECT_TRUE(admits());
  EXPECT_EQ(circuit.state(), Circuit::State::kHalfOpen);
  EXPECT_FALSE(admits());
  circuit.succeeded();
  EXPECT_EQ(circuit.state(), Circuit::State::kClosed);
  EXPECT_TRUE(admits());
}

TEST_F(CircuitTest, WaitsTwiceAsLongEachTimeUpToHalfAMinute) {
  fail(5);
  for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
    EXPECT_EQ(circuit.remaining(clock.steady_now()), std::chrono::seconds(seconds));
    clock.advance(std::chrono::seconds(seconds));
    fail(1);
  }
  clock.advance(std::chrono::seconds(30));
  EXPECT_TRUE(admits());
  circuit.succeeded();
  fail(5);
  EXPECT_EQ(circuit.remaining(clock.steady_now()), std::chrono::seconds(1)) << "all is forgotten";
}

TEST_F(CircuitTest, HonoursWhatTheServiceAsksForWithinItsOwnBound) {
  fail(4);
  fail(1, std::chrono::seconds(7));
  EXPECT_EQ(circuit.remaining(clock.steady_now()), std::chrono::seconds(7));
  clock.advance(std::chrono::seconds(7));
  fail(1, std::chrono::hours(1));
  EXPECT_EQ(circuit.remaining(clock.steady_now()), std::chrono::seconds(30));
}

TEST_F(CircuitTest, HearsNothingNewFromCallsThatBeganBeforeItOpened) {
  const auto late = circuit.admit(clock.steady_now());
  fail(5);
  circuit.failed(*late, clock.steady_now(), milliseconds(0));
  EXPECT_EQ(circuit.remaining(clock.steady_now()), milliseconds(1000));
}

TEST_F(CircuitTest, DoesNotTakeALateFailureForThatOfItsTrial) {
  const auto late = circuit.admit(clock.steady_now()), later = circuit.admit(clock.steady_now());
  fail(5);
  clock.advance(milliseconds(1000));
  const auto trial = circuit.admit(clock.steady_now());
  ASSERT_TRUE(trial);
  circuit.failed(*late, clock.steady_now(), milliseconds(0));
  EXPECT_EQ(circuit.state(), Circuit::State::kHalfOpen);
  circuit.failed(*trial, clock.steady_now(), milliseconds(0));
  EXPECT_EQ(circuit.remaining(clock.steady_now()), milliseconds(2000));
  circuit.succeeded();
  fail(4);
  circuit.failed(*later, clock.steady_now(), milliseconds(0));
  EXPECT_EQ(circuit.state(), Circuit::State::kClosed);
}

TEST_F(CircuitTest, TakesALateAnswerForASignThatTheServiceIsThere) {
  fail(5);
  circuit.succeeded();
  EXPECT_EQ(circuit.state(), Circuit::State::kClosed);
}

TEST_F(CircuitTest, DoesNotWaitForATrialOfWhichNobodyHears) {
  fail(5);
  clock.advance(milliseconds(1000));
  EXPECT_TRUE(admits());
  clock.advance(std::chrono::seconds(29));
  EXPECT_FALSE(admits());
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(admits());
}

TEST(Circuit, SpreadsTheWaits) {
  ManualClock clock;
  Circuit circuit([] { return 0.0; });
  for (int i = 0; i < 5; ++i) circuit.failed(0, clock.steady_now(), milliseconds(0));
  EXPECT_EQ(circuit.remaining(clock.steady_now()), milliseconds(750));
}

}  // namespace
}  // namespace wsdeep::chat

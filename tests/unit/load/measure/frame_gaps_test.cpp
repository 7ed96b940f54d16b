#include "load/measure/frame_gaps.h"

#include <gtest/gtest.h>

#include <vector>

namespace wsdeep::load {
namespace {

std::uint64_t gaps_ended_in(const FrameGaps& gaps, Micros from_s, Micros to_s) {
  return gaps.ended_in({from_s * kOneSecond, to_s * kOneSecond}).count();
}

TEST(FrameGaps, KnowTheLastSecondsApart) {
  FrameGaps gaps;
  for (Micros second = 0; second < 40; ++second) gaps.add(second * kOneSecond, {10, 20}, true);
  EXPECT_EQ(gaps_ended_in(gaps, 30, 40), 20U);
  EXPECT_EQ(gaps_ended_in(gaps, 39, 40), 2U);
  EXPECT_EQ(gaps_ended_in(gaps, 40, 50), 0U);
  EXPECT_EQ(gaps.measured().count(), 80U);
}

TEST(FrameGaps, ShowWhatIsNotMeasuredAndKeepItOutOfTheSum) {
  FrameGaps gaps;
  gaps.add(0, {1, 2, 3}, false);
  gaps.add(0, {4}, true);
  EXPECT_EQ(gaps_ended_in(gaps, 0, 1), 4U);
  EXPECT_EQ(gaps.measured().count(), 1U);
}

TEST(FrameGaps, CountWhatIsToldTooLateToBeShown) {
  FrameGaps gaps;
  gaps.add(30 * kOneSecond, {1}, true);
  gaps.add(30 * kOneSecond - FrameGaps::kKept * kOneSecond, {1, 1}, true);
  gaps.add(30 * kOneSecond - FrameGaps::kKept * kOneSecond, {1, 1}, false);
  EXPECT_EQ(gaps_ended_in(gaps, 0, 40), 1U);
  EXPECT_EQ(gaps.measured().count(), 3U);
}

}  // namespace
}  // namespace wsdeep::load

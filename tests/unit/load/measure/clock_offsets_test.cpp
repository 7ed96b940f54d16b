#include "load/measure/clock_offsets.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace wsdeep::load {
namespace {

/// A node whose clock is so much before ours, and what an exchange with it looks like.
ClockSample exchange(Micros at, Micros shift, Micros there, Micros inside, Micros back) {
  return {.sent = at,
          .node_received = at + there + shift,
          .node_sent = at + there + inside + shift,
          .received = at + there + inside + back};
}

TEST(ClockOffsets, KnowNothingOfANodeThatWasNotAsked) {
  ClockOffsets offsets;
  EXPECT_EQ(offsets.at("n1", 0), std::nullopt);
  EXPECT_TRUE(offsets.all().empty());
}

TEST(ClockOffsets, FindTheShiftOfAClockWhoseWaysAreEqual) {
  ClockOffsets offsets;
  ASSERT_TRUE(offsets.add("n1", exchange(1'000, -5'000'000, 100, 40, 100)));
  const ClockOffset offset = offsets.at("n1", 2'000).value();
  EXPECT_EQ(offset.offset, -5'000'000);
  EXPECT_EQ(offset.error, 100);
}

TEST(ClockOffsets, KeepTheirErrorsBoundForAnyWaysThereAndBack) {
  std::mt19937 random(7);
  std::uniform_int_distribution<Micros> way(0, 20'000);
  std::uniform_int_distribution<Micros> shift(-1'000'000'000, 1'000'000'000);
  for (int round = 0; round < 1'000; ++round) {
    ClockOffsets offsets;
    const Micros truth = shift(random);
    for (Micros at = 0; at < 20; ++at) offsets.add("n1", exchange(at * 500'000, truth, way(random), 50, way(random)));
    const ClockOffset offset = offsets.at("n1", 5'000'000).value();
    EXPECT_LE(std::abs(offset.offset - truth), offset.error) << round;
  }
}

TEST(ClockOffsets, TakeTheQuickestSampleNearTheInstant) {
  ClockOffsets offsets;
  offsets.add("n1", exchange(0, 7, 1, 0, 1));
  offsets.add("n1", exchange(60'000'000, 900, 500, 0, 100));
  offsets.add("n1", exchange(65'000'000, 900, 50, 0, 10));
  EXPECT_EQ(offsets.at("n1", 61'000'000), (ClockOffset{"n1", 920, 30, 2}));
  EXPECT_EQ(offsets.at("n1", 1'000'000), (ClockOffset{"n1", 7, 1, 1}));
  EXPECT_EQ(offsets.at("n1", 30'000'000), std::nullopt) << "both are too far away, and clocks drift";
  EXPECT_EQ(offsets.all(), (std::vector<ClockOffset>{{"n1", 7, 1, 3}}));
}

TEST(ClockOffsets, RefuseWhatCannotBe) {
  ClockOffsets offsets;
  EXPECT_FALSE(offsets.add("n1", {.sent = 0, .node_received = 10, .node_sent = 9, .received = 100}));
  EXPECT_FALSE(offsets.add("n1", {.sent = 0, .node_received = 10, .node_sent = 500, .received = 100}));
  EXPECT_EQ(offsets.at("n1", 0), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::load

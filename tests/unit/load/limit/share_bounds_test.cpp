#include "load/limit/share_bounds.h"

#include <gtest/gtest.h>

#include <vector>

namespace wsdeep::load {
namespace {

std::vector<BlockCount> ten_blocks_of(std::uint64_t beyond, std::uint64_t of) {
  return std::vector<BlockCount>(10, BlockCount{beyond, of});
}

TEST(ShareBounds, KnowNothingOfNothing) {
  const ShareBounds bounds = share_bounds({}, 1, 0.025);
  EXPECT_EQ(bounds.low, 0);
  EXPECT_EQ(bounds.high, 1);
}

TEST(ShareBounds, AreThoseOfClopperAndPearsonLessWhatFewBlocksCost) {
  // R: binom.test(50, 1000)$conf.int is 0.0373 to 0.0654; ten blocks know as much as (1.960 / 2.262)² of the turns.
  const ShareBounds bounds = share_bounds(ten_blocks_of(5, 100), 1, 0.025);
  EXPECT_NEAR(bounds.low, 0.0357, 0.0003);
  EXPECT_NEAR(bounds.high, 0.0680, 0.0003);
}

TEST(ShareBounds, NeedAboutFourHundredTurnsForAP99OfWhichNoneIsLate) {
  EXPECT_GT(share_bounds(ten_blocks_of(0, 30), 1, 0.05).high, 0.01);
  EXPECT_LT(share_bounds(ten_blocks_of(0, 45), 1, 0.05).high, 0.01);
}

TEST(ShareBounds, AreWiderForTurnsThatShareTheirFate) {
  const ShareBounds alone = share_bounds(ten_blocks_of(5, 100), 1, 0.025);
  const ShareBounds together = share_bounds(ten_blocks_of(5, 100), 10, 0.025);
  EXPECT_LT(together.low, alone.low);
  EXPECT_GT(together.high, alone.high);
}

TEST(ClusterSize, IsOneOfTurnsThatComeEvenlyAndOfNone) {
  EXPECT_EQ(cluster_size(ten_blocks_of(5, 100)), 1);
  EXPECT_EQ(cluster_size(ten_blocks_of(0, 100)), 1);
  EXPECT_EQ(cluster_size(ten_blocks_of(100, 100)), 1);
  EXPECT_EQ(cluster_size({}), 1);
}

TEST(ClusterSize, IsThatOfWhatCameTogether) {
  std::vector<BlockCount> blocks = ten_blocks_of(0, 100);
  blocks[4].beyond = 50;  // all of them in one block: as one of ten, not as fifty of a thousand
  EXPECT_NEAR(cluster_size(blocks), 52.6, 0.1);
}

}  // namespace
}  // namespace wsdeep::load

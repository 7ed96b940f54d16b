#include "base/dice.h"

#include <gtest/gtest.h>

#include <set>

namespace wsdeep {
namespace {

TEST(Dice, RollsTheSameOnEveryMachine) {
  Dice dice(1234567);  // SplitMix64's published test vector
  EXPECT_EQ(dice.next(), 6457827717110365317u);
  EXPECT_EQ(dice.next(), 3203168211198807973u);
}

TEST(LongDice, RollsAsItsAuthorsDo) {
  LongDice dice(LongDice::State{1, 2, 3, 4});  // xoshiro256**'s test vector, as other implementations carry it
  for (const std::uint64_t expected : {11520u, 0u, 1509978240u}) EXPECT_EQ(dice.next(), expected);
  EXPECT_EQ(dice.next(), 1215971899390074240u);
}

TEST(LongDice, HasItsUnitsBelowOneAndInTheMeanAHalf) {
  LongDice dice(7);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double unit = dice.unit();
    ASSERT_TRUE(unit >= 0 && unit < 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(SeedOf, GivesEveryPairAStreamOfItsOwn) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t a = 0; a < 100; ++a)
    for (std::uint64_t b = 0; b < 100; ++b) seeds.insert(seed_of(1, a, b));
  EXPECT_EQ(seeds.size(), 10'000u);
  EXPECT_NE(seed_of(1, 2, 3), seed_of(2, 2, 3));
}

}  // namespace
}  // namespace wsdeep

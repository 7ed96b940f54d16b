#include "load/compare/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/dice.h"
#include "load/plan/draw.h"

namespace wsdeep::load {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

using RunValues = std::vector<double>;

RunValues drawn_values(LongDice& dice, std::size_t count, double mean) {
  RunValues values;
  for (; count > 0; --count) values.push_back(mean + draw_normal(dice));
  return values;
}

/// As a book has it: of all ways of giving the values to two sides, the share with a mean difference of at least this.
double share_of_ways(RunValues a, RunValues b, double least) {
  for (double& value : b) value -= least;
  const double sum_b = std::accumulate(b.begin(), b.end(), 0.0);
  RunValues all = a;
  all.insert(all.end(), b.begin(), b.end());
  std::vector<int> in_b(all.size());
  std::fill(in_b.end() - static_cast<std::ptrdiff_t>(b.size()), in_b.end(), 1);
  std::uint64_t ways = 0, as_large = 0;
  do {
    double sum = 0;
    for (std::size_t i = 0; i < all.size(); ++i) sum += in_b[i] * all[i];
    ++ways;
    as_large += sum >= sum_b - 1e-9 ? 1 : 0;
  } while (std::next_permutation(in_b.begin(), in_b.end()));
  return static_cast<double>(as_large) / static_cast<double>(ways);
}

TEST(Difference, HasThePOfAllWaysOfDealingTheRuns) {
  LongDice dice(3);
  for (int round = 0; round < 40; ++round) {
    const RunValues a = drawn_values(dice, 1 + dice.next() % 6, 0);
    const RunValues b = drawn_values(dice, 1 + dice.next() % 6, 0.7);
    const Difference difference(a, b);
    for (const double least : {-1.0, 0.0, 0.3, 1.0}) {
      EXPECT_DOUBLE_EQ(difference.p_above(least), share_of_ways(a, b, least));
      EXPECT_DOUBLE_EQ(difference.p_below(least), share_of_ways(b, a, -least));
    }
  }
}

TEST(Difference, OfFiveRunsASideThatDoNotOverlapIsTwoOf252) {
  const Difference difference({1, 2, 3, 4, 5}, {6, 7, 8, 9, 10});
  EXPECT_DOUBLE_EQ(difference.estimate(), 5);
  EXPECT_DOUBLE_EQ(2 * difference.p_above(0), 2.0 / 252);
  EXPECT_DOUBLE_EQ(difference.p_below(0), 1);
}

TEST(Difference, HasAnIntervalThatItsTestRefusesJustOutside) {
  LongDice dice(5);
  for (int round = 0; round < 40; ++round) {
    const Difference difference(drawn_values(dice, 4 + dice.next() % 4, 0), drawn_values(dice, 4 + dice.next() % 4, 1));
    const auto interval = difference.interval();
    ASSERT_TRUE(interval);
    EXPECT_LE(difference.p_above(interval->low - 1e-6), 0.025);
    EXPECT_GT(difference.p_above(interval->low + 1e-6), 0.025);
    EXPECT_LE(difference.p_below(interval->high + 1e-6), 0.025);
    EXPECT_GT(difference.p_below(interval->high - 1e-6), 0.025);
  }
}

TEST(Difference, OfThreeRunsASideHasNoInterval) {
  const Difference difference({1, 2, 3}, {7, 8, 9});  // 20 ways
  EXPECT_EQ(difference.interval(), std::nullopt);
  EXPECT_EQ(difference.detectable(0.05), std::nullopt);
}

TEST(Difference, OfManyRunsIsWelchs) {
  RunValues a, b;  // means 5.5 and 7, variances 9.1667 and 36.667, both of ten
  for (int i = 1; i <= 10; ++i) {
    a.push_back(i);
    a.push_back(i);
    b.push_back(2 * i - 4);
  }
  const Difference difference(a, b);  // t = 1.5 / sqrt(8.6842 / 20 + 36.667 / 10) = 0.7408 of 11.2 degrees
  EXPECT_NEAR(2 * difference.p_above(0), 0.474, 0.001);
  EXPECT_NEAR(difference.p_above(0) + difference.p_below(0), 1, 1e-12);
  const auto interval = difference.interval();
  EXPECT_NEAR(interval->low, -2.947, 0.01);
  EXPECT_NEAR(interval->high, 5.947, 0.01);
}

TEST(Difference, OfRunsThatAreAllTheSameIsNone) {
  const Difference few(RunValues(5, 3.0), RunValues(5, 3.0));
  EXPECT_DOUBLE_EQ(few.p_above(0), 1);
  EXPECT_DOUBLE_EQ(few.p_below(0), 1);
  const Difference many(RunValues(30, 3.0), RunValues(30, 3.0));
  EXPECT_DOUBLE_EQ(many.p_above(0), 1);
}

/// The share of comparisons of `runs` runs a side that see a true difference of `shift` deviations, of both sides.
double seen(LongDice& dice, std::size_t runs, double shift) {
  constexpr int kRounds = 800;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Difference difference(drawn_values(dice, runs, 0), drawn_values(dice, runs, shift));
    found += 2 * std::min(difference.p_above(0), difference.p_below(0)) <= 0.05 ? 1 : 0;
  }
  return static_cast<double>(found) / kRounds;
}

TEST(Difference, RaisesAFalseAlarmInOneOfTwentyAndSeesTheDetectableInFourOfFive) {
  LongDice dice(7);
  for (const std::size_t runs : {5, 6}) {
    EXPECT_NEAR(seen(dice, runs, 0), 0.05, 0.025) << runs;
    double mean = 0;  // of what each says by its own spread
    for (int i = 0; i < 200; ++i)
      mean += *Difference(drawn_values(dice, runs, 0), drawn_values(dice, runs, 0)).detectable(0.05) / 200;
    EXPECT_NEAR(seen(dice, runs, mean), 0.8, 0.07) << runs;
  }
}

TEST(Holm, IsTheTextbooks) {
  EXPECT_THAT(holm({0.01, 0.04, 0.03, 0.005}), ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12),
                                                           DoubleNear(0.06, 1e-12), DoubleNear(0.02, 1e-12)));
  EXPECT_THAT(holm({0.9, 0.8}), ElementsAre(1, 1));
  EXPECT_THAT(holm({}), ElementsAre());
}

}  // namespace
}  // namespace wsdeep::load

#include "lab/input_order.h"

#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

using Verdict = InputOrder::Verdict;

constexpr SteadyTime kBegin{};

TEST(InputOrder, PutsWhatComesOutOfOrderInOrder) {
  InputOrder order;
  EXPECT_EQ(order.add(2, "c", kBegin), Verdict::kTaken);
  EXPECT_EQ(order.take(), "");
  EXPECT_EQ(order.add(0, "a", kBegin), Verdict::kTaken);
  EXPECT_EQ(order.take(), "a");
  EXPECT_EQ(order.add(1, "b", kBegin), Verdict::kTaken);
  EXPECT_EQ(order.take(), "bc");
  EXPECT_EQ(order.next(), 3U);
}

TEST(InputOrder, TypesNothingTwice) {
  InputOrder order;
  order.add(0, "a", kBegin);
  order.add(2, "c", kBegin);
  EXPECT_EQ(order.add(0, "a", kBegin), Verdict::kTaken);
  EXPECT_EQ(order.add(2, "c", kBegin), Verdict::kTaken);
  order.add(1, "b", kBegin);
  EXPECT_EQ(order.take(), "abc");
}

TEST(InputOrder, KeepsAWindowAndNoMore) {
  InputOrder order;
  EXPECT_EQ(order.add(InputOrder::kWindow - 1, "x", kBegin), Verdict::kTaken);
  EXPECT_EQ(order.add(InputOrder::kWindow, "x", kBegin), Verdict::kTooFar);
  EXPECT_EQ(order.add(~0ULL, "x", kBegin), Verdict::kTooFar);
  EXPECT_EQ(order.add(1, std::string(InputOrder::kMostHeld, 'x'), kBegin), Verdict::kTooFar);
}

TEST(InputOrder, GivesUpWhenOneIsMissingForTooLong) {
  InputOrder order;
  EXPECT_FALSE(order.deadline());
  order.add(1, "b", kBegin);
  EXPECT_EQ(order.deadline(), kBegin + InputOrder::kPatience);
  EXPECT_FALSE(order.is_broken(kBegin + InputOrder::kPatience - std::chrono::milliseconds(1)));
  EXPECT_TRUE(order.is_broken(kBegin + InputOrder::kPatience));
  EXPECT_EQ(order.add(0, "a", kBegin + InputOrder::kPatience), Verdict::kBroken);
}

TEST(InputOrder, WaitsAnewForTheNextThatIsMissing) {
  InputOrder order;
  order.add(1, "b", kBegin);
  order.add(3, "d", kBegin);
  order.add(0, "a", kBegin + std::chrono::seconds(4));
  EXPECT_EQ(order.take(), "ab");
  EXPECT_EQ(order.deadline(), kBegin + std::chrono::seconds(4) + InputOrder::kPatience);
}

TEST(InputOrder, GoesOnWhereItWasWhenItsClientComesAgain) {
  InputOrder order;
  order.add(0, "a", kBegin);
  order.add(2, "c", kBegin);
  const SteadyTime again = kBegin + InputOrder::kPatience;
  EXPECT_TRUE(order.is_broken(again));
  order.resume(again);
  EXPECT_EQ(order.next(), 1U);
  EXPECT_FALSE(order.is_broken(again));
  EXPECT_EQ(order.deadline(), again + InputOrder::kPatience) << "the one that is missing is waited for anew";
  EXPECT_EQ(order.add(1, "b", again), Verdict::kTaken);
  EXPECT_EQ(order.take(), "abc") << "the third had been acknowledged, and is not sent again";
}

TEST(InputOrder, TakesWhatIsNextHoweverMuchWaits) {
  InputOrder order;
  const std::string half(InputOrder::kMostHeld / 2, 'x');
  order.add(1, half, kBegin);
  order.add(2, half, kBegin);
  EXPECT_EQ(order.add(3, "y", kBegin), Verdict::kTooFar);
  EXPECT_FALSE(order.has(3));
  EXPECT_EQ(order.add(0, "a", kBegin), Verdict::kTaken);
  EXPECT_EQ(order.take(), "a" + half + half);
}

}  // namespace
}  // namespace wsdeep::lab

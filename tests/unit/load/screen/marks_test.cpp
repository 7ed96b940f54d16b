#include "load/screen/marks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wsdeep::load {
namespace {

using Values = std::vector<std::optional<double>>;

TEST(Marks, DrawAPartOfAWhole) {
  EXPECT_EQ(bar_mark(1, 2, 10), "#####-----");
  EXPECT_EQ(bar_mark(3, 2, 4), "####");
  EXPECT_EQ(bar_mark(1, 0, 4), "----");
  EXPECT_EQ(bar_mark(1, 2, 0), "");
}

TEST(Marks, DrawValuesBetweenNothingAndTheLargest) {
  EXPECT_EQ(sparkline({0.0, 1.0, std::nullopt, 4.0, 8.0}), "▁▁ ▄█");
  EXPECT_EQ(sparkline({0.0, 0.0}), "▁▁");
  EXPECT_EQ(sparkline({}), "");
}

TEST(Marks, DrawSeveralRows) {
  EXPECT_EQ(plot_rows({8.0, 4.0, 6.0, std::nullopt, 1.0}, 2), (std::vector<std::string>{"█ ▄  ", "███ ▂"}));
}

TEST(Marks, KeepTheLargestOfValuesThatFallTogether) {
  EXPECT_EQ(squeezed({1.0, 5.0, 2.0, std::nullopt, std::nullopt, std::nullopt}, 3), (Values{5.0, 2.0, std::nullopt}));
  EXPECT_EQ(squeezed({1.0, 2.0}, 4), (Values{1.0, 1.0, 2.0, 2.0}));
  EXPECT_EQ(squeezed({}, 4), Values{});
}

}  // namespace
}  // namespace wsdeep::load

#include "load/measure/statistics.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace wsdeep::load {
namespace {

/// A series that falls from 1000 to 0 in its first hundred values and stays there, with a little noise.
std::vector<double> settling(std::size_t length) {
  std::vector<double> series;
  for (std::size_t i = 0; i < length; ++i) series.push_back(i < 100 ? 1000.0 - 10.0 * static_cast<double>(i) : i % 3);
  return series;
}

TEST(Mser5, CutsWhatIsNotSteadyYet) {
  const auto cut = mser5(settling(1000));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->cut, 100U);
  EXPECT_TRUE(cut->found);
}

TEST(Mser5, SaysWhenNoPartIsSteady) {
  std::vector<double> growing;
  for (int i = 0; i < 1000; ++i) growing.push_back(i);
  const auto cut = mser5(growing);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->cut, 500U);
  EXPECT_FALSE(cut->found);
}

TEST(Mser5, CutsNothingOffAConstant) {
  const auto cut = mser5(std::vector<double>(1000, 7.0));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->cut, 0U);
  EXPECT_TRUE(cut->found);
}

TEST(Mser5, SaysNothingOfAShortSeries) {
  EXPECT_FALSE(mser5(std::vector<double>(199, 7.0)));
}

// By hand: b = 9.9/10, a = 0.05, s² = 0.107/3.
TEST(LeastSquares, FindsCoefficientsAndTheirErrors) {
  const auto fit = least_squares({{1, 1, 1, 1, 1}, {1, 2, 3, 4, 5}}, {1.1, 1.9, 3.2, 3.8, 5.1});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->coefficients[0], 0.05, 1e-9);
  EXPECT_NEAR(fit->coefficients[1], 0.99, 1e-9);
  EXPECT_NEAR(fit->standard_errors[1], 0.05972157, 1e-7);
  EXPECT_NEAR(fit->standard_errors[0], 0.19807406, 1e-7);
}

TEST(LeastSquares, RefusesColumnsThatDependOnEachOther) {
  EXPECT_FALSE(least_squares({{1, 1, 1, 1}, {2, 2, 2, 2}}, {1, 2, 3, 4}));
  EXPECT_FALSE(least_squares({{1, 1, 1, 1}, {0, 0, 0, 0}}, {1, 2, 3, 4}));
  EXPECT_FALSE(least_squares({{1, 1}, {1, 2}}, {1, 2}));
}

TEST(LeastCount, IsThatOfTheOneSidedBound) {
  EXPECT_EQ(least_count(0.9), 29U);
  EXPECT_EQ(least_count(0.95), 59U);
  EXPECT_EQ(least_count(0.99), 299U);
  EXPECT_EQ(least_count(0.999), 2995U);
}

TEST(ChanceOfAtLeast, IsTheBinomialTail) {
  EXPECT_NEAR(chance_of_at_least(3, 5, 0.2), 0.05792, 1e-9);
  EXPECT_NEAR(chance_of_at_least(1, 299, 0.01), 0.95046374, 1e-7);
  EXPECT_EQ(chance_of_at_least(0, 10, 0.5), 1);
  EXPECT_NEAR(chance_of_at_least(10, 10, 0.5), 1.0 / 1024, 1e-12);
}

}  // namespace
}  // namespace wsdeep::load

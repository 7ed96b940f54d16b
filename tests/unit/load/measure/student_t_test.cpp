#include "load/measure/student_t.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

namespace wsdeep::load {
namespace {

/// Abramowitz and Stegun, table 26.10.
TEST(StudentT, HasTheQuantilesOfTheTables) {
  for (const auto& [share, degrees, t] :
       {std::tuple(0.975, 1.0, 12.7062), std::tuple(0.975, 4.0, 2.7764), std::tuple(0.975, 8.0, 2.3060),
        std::tuple(0.8, 8.0, 0.8889), std::tuple(0.9995, 3.0, 12.924), std::tuple(0.975, 19.0, 2.0930),
        std::tuple(0.975, 1e9, 1.9600)}) {
    EXPECT_NEAR(student_t_quantile(share, degrees), t, 0.0002 * t) << share << " of " << degrees;
    EXPECT_NEAR(student_t_quantile(1 - share, degrees), -t, 0.0002 * t);
  }
}

TEST(StudentT, HasTailsThatAreKnownInClosedForm) {
  for (const double t : {0.0, 0.1, 0.7, 1.0, 3.0, 40.0}) {
    EXPECT_NEAR(student_t_beyond(t, 1), 1 - 2 * std::atan(t) / M_PI, 1e-12) << t;
    EXPECT_NEAR(student_t_beyond(t, 2), 1 - t / std::sqrt(2 + t * t), 1e-12) << t;
    EXPECT_NEAR(student_t_beyond(-t, 2), student_t_beyond(t, 2), 1e-15) << t;
  }
}

TEST(StudentT, GoesThereAndBack) {
  for (const double degrees : {1.5, 3.7, 12.0, 99.25})
    for (const double share : {0.5, 0.6, 0.9, 0.99, 0.99999})
      EXPECT_NEAR(1 - student_t_beyond(student_t_quantile(share, degrees), degrees) / 2, share, 1e-9);
}

}  // namespace
}  // namespace wsdeep::load

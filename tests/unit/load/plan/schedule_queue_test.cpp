#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "load/plan/schedule.h"

// An independent truth about arrivals: how long they wait in a queue that theory has solved.

namespace wsdeep::load {
namespace {

/// At one server that takes `service` for each (Lindley's recursion).
double mean_wait(const Schedule& schedule, Micros service) {
  Micros free_at = 0;
  double sum = 0;
  for (const Arrival& arrival : schedule.arrivals) {
    const Micros begin = std::max(free_at, arrival.intended);
    sum += static_cast<double>(begin - arrival.intended);
    free_at = begin + service;
  }
  return sum / static_cast<double>(schedule.arrivals.size());
}

Schedule arrivals_of(Arrivals kind, double rate, double burstiness, Micros duration) {
  LoadShape shape;
  shape.arrivals = kind;
  shape.burstiness = burstiness;
  shape.stages = {{"1", duration, rate, rate}};
  shape.seed = 5;
  return make_schedule(shape);
}

constexpr Micros kTenHours = 36'000'000'000;
constexpr Micros kTwentyMs = 20'000;

TEST(ScheduleInAQueue, PoissonWaitsAsMD1Does) {
  for (const double rate : {10.0, 25.0, 35.0}) {
    const double use = rate * 0.02;
    const double theory = use * kTwentyMs / (2 * (1 - use));  // Pollaczek and Khinchine
    EXPECT_NEAR(mean_wait(arrivals_of(Arrivals::kPoisson, rate, 1, kTenHours), kTwentyMs) / theory, 1, 0.02) << rate;
  }
}

TEST(ScheduleInAQueue, ConstantArrivalsDoNotWait) {
  EXPECT_EQ(mean_wait(arrivals_of(Arrivals::kConstant, 40, 1, 60'000'000), kTwentyMs), 0);
}

TEST(ScheduleInAQueue, BurstsWaitLonger) {
  const double poisson = mean_wait(arrivals_of(Arrivals::kPoisson, 30, 1, kTenHours / 10), kTwentyMs);
  const double bursts = mean_wait(arrivals_of(Arrivals::kGamma, 30, 0.25, kTenHours / 10), kTwentyMs);
  EXPECT_GT(bursts, 2.5 * poisson);
}

TEST(ScheduleInAQueue, AFixedNumberWaitsALittleLess) {
  const double use = 0.7;
  const double theory = use * kTwentyMs / (2 * (1 - use));
  EXPECT_NEAR(mean_wait(arrivals_of(Arrivals::kPoissonFixedN, 35, 1, kTenHours / 10), kTwentyMs) / theory, 1, 0.05);
}

}  // namespace
}  // namespace wsdeep::load

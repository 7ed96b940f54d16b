#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "base/dice.h"
#include "load/plan/draw.h"
#include "load/plan/schedule.h"
#include "support/load_queue.h"

// An independent truth about arrivals: how long they wait in a queue that theory has solved.

namespace wsdeep::load {
namespace {

double mean_wait(const Schedule& schedule, int servers, const std::function<double()>& service) {
  const std::vector<double> begins = testing::slot_times(schedule, servers, service);
  double sum = 0;
  for (std::size_t i = 0; i < begins.size(); ++i) sum += begins[i] - static_cast<double>(schedule.arrivals[i].intended);
  return sum / static_cast<double>(begins.size());
}

/// At one server that takes `service` for each.
double mean_wait(const Schedule& schedule, Micros service) {
  return mean_wait(schedule, 1, [service] { return static_cast<double>(service); });
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

/// The share of those who wait, by Erlang's second formula.
double erlang_c(int servers, double offered) {
  double blocked = 1;
  for (int n = 1; n <= servers; ++n) blocked = offered * blocked / (n + offered * blocked);
  return blocked / (1 - offered / servers * (1 - blocked));
}

TEST(ScheduleInAQueue, PoissonWaitsAsErlangCSays) {
  constexpr double kFiftyMs = 50'000;
  for (const double rate : {80.0, 120.0, 144.0}) {
    const double offered = rate * kFiftyMs / 1e6;
    const double theory = erlang_c(8, offered) * kFiftyMs / (8 - offered);
    const Schedule schedule = arrivals_of(Arrivals::kPoisson, rate, 1, kTenHours);
    LongDice dice(1);
    const double mean = mean_wait(schedule, 8, [&] { return kFiftyMs * draw_exponential(dice); });
    EXPECT_NEAR(mean / theory, 1, 0.03) << rate;
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

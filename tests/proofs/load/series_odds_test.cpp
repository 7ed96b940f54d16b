#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "load/compare/run_series.h"
#include "support/minute_series.h"

// How often a comparison is right: LOADTEST.md, "How sure".

namespace wsdeep::load {
namespace {

using testing::minute_at;
using testing::QueueService;
using testing::short_answers;

Finding finding_at(double load, double slower, std::uint64_t seed) {
  const QueueService a = short_answers(seed);
  QueueService b = a;
  b.slower = slower;
  return run_series(minute_at(load, seed), testing::queue_runs({a, b}, {}, 0), [] { return true; })
      .comparison->finding();
}

/// As many as WSDEEP_TEST_SERIES says, else so few.
int series_wanted(int few) {
  const char* wanted = std::getenv("WSDEEP_TEST_SERIES");
  return wanted == nullptr ? few : std::stoi(wanted);
}

int count_of(Finding wanted, int series, double load, double slower) {
  int count = 0;
  for (int seed = 1; seed <= series; ++seed)
    count += finding_at(load, slower, static_cast<std::uint64_t>(seed)) == wanted ? 1 : 0;
  return count;
}

TEST(SeriesOdds, RaiseAtMostFourAlarmsInFortyOfATargetWithItself) {
  const int series = series_wanted(40);
  const int alarms = series - count_of(Finding::kNoDifference, series, 0.8, 1);
  fmt::print("of {} comparisons of a service with itself {} raised an alarm\n", series, alarms);
  EXPECT_LE(alarms * 10, series);
}

TEST(SeriesOdds, FindTenPercentInNineOfTen) {
  const int series = series_wanted(10);
  const int found = count_of(Finding::kWorse, series, 0.5, 1.1);
  fmt::print("of {} comparisons with a service that is 10 % slower {} found it\n", series, found);
  EXPECT_GE(found * 10, series * 9);
}

}  // namespace
}  // namespace wsdeep::load

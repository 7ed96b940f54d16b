#include "load/report/limit_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/load_searches.h"

namespace wsdeep::load {
namespace {

using ::testing::HasSubstr;
using testing::run_with_late_turns;

/// The level's counts are those of all runs, and so is what stands before them.
TEST(LimitCsv, CountsTheTurnsOfAllRunsOfAPoint) {
  LimitPoint point =
      testing::point_with(10, TriedFor::kFirst, PointJudgement::kPassed, run_with_late_turns(60, 90, 2), 60, 0.2, 0.3);
  point.runs.push_back(run_with_late_turns(0, 210, 7));
  LimitSearch search;
  search.points = {point};
  EXPECT_THAT(limit_csv(search),
              HasSubstr("\r\n10,per_s,first,passed,2,7,7,0.7,300,100031,900095,,ttft_p95<300ms,60,300,"));
}

}  // namespace
}  // namespace wsdeep::load

#include "load/limit/point_judge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "load/limit/point_length.h"
#include "load/plan/plan.h"
#include "support/waiting_runs.h"

// Whether what is said of a load is wrong as seldom as it may be. Turns of a queue share their fate with their
// neighbours: what holds for independent ones holds for none of this.

namespace wsdeep::load {
namespace {

using testing::ErlangService;
using testing::WaitingRuns;

constexpr int kLooksAtPoint = 3;
constexpr double kWrongOfLook = 0.05 / kLooksAtPoint;
constexpr int kLoadsJudged = 20;

struct JudgedLoads {
  int passed = 0;
  int failed = 0;
};

/// A load, looked at as a search does.
PointJudgement judged_load(const ErlangService& service, const Level& level, double rate, std::uint64_t seed) {
  WaitingRuns runs(service, seed);
  LimitPoint point;
  Micros length = point_length({level}, rate, service.mean);
  for (int look = 0; look < kLooksAtPoint && point.judged == PointJudgement::kUndecided; ++look, length *= 2) {
    const PlanOptions plan{
        .rate = fmt::format("{}/s", rate), .duration = fmt::format("{}us", length), .blocks = kPointBlocks};
    point.runs.push_back(runs({.plan = plan}));
    judge_point(point, {level}, kWrongOfLook);
  }
  return point.judged;
}

JudgedLoads judged_loads(const ErlangService& service, const Level& level, double rate) {
  JudgedLoads loads;
  for (std::uint64_t seed = 1; seed <= kLoadsJudged; ++seed) {
    const PointJudgement judged = judged_load(service, level, rate, seed);
    loads.passed += judged == PointJudgement::kPassed ? 1 : 0;
    loads.failed += judged == PointJudgement::kFailed ? 1 : 0;
  }
  return loads;
}

TEST(PointJudge, IsSeldomSureAtTheKneeAndHardlyEverWrongBesideIt) {
  const ErlangService service;
  const Level level = parse_level("ttft_p95<300ms");
  const double knee = service.knee(0.3, 0.05);
  for (const double part : {0.9, 1.0, 1.1}) {
    const JudgedLoads loads = judged_loads(service, level, part * knee);
    fmt::print("{:.2f} of the knee: of {} loads {} passed, {} failed\n", part, kLoadsJudged, loads.passed,
               loads.failed);
    EXPECT_LE(loads.passed, part > 1 ? 1 : part == 1 ? 7 : kLoadsJudged) << part;
    EXPECT_LE(loads.failed, part < 1 ? 1 : part == 1 ? 4 : kLoadsJudged) << part;
  }
}

}  // namespace
}  // namespace wsdeep::load

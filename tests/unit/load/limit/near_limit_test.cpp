#include "load/limit/near_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/load_results.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

EngineFigure gauge_of(const std::string& name, double peak) {
  return {.name = name, .counts_up = false, .first = 0, .last = 0, .peak = peak, .mean = peak / 2, .readings = 10};
}

LimitPoint point_of(std::vector<EngineFigure> figures) {
  LimitPoint point;
  Result run = testing::empty_result();
  run.kind = "chat";
  run.summary.whole.to = 10'000'000;
  run.driver.engines = {{.url = "n1:50051", .node = "n1", .figures = std::move(figures)}};
  point.runs = {run};
  return point;
}

TEST(NearLimit, NamesSlotsAndQueuesThatWereFull) {
  EXPECT_THAT(near_limits(point_of({gauge_of("load", 2.5), gauge_of("queued", 12), gauge_of("kv_use", 0.97)})),
              ElementsAre(NearLimit{"slots of n1", "2.5 turns for each at most, 1.2 in the mean; 12 queued at most"},
                          NearLimit{"KV cache of n1", "97 % at most"}));
}

TEST(NearLimit, NamesNothingThatHadRoom) {
  EXPECT_THAT(near_limits(point_of({gauge_of("load", 0.5), gauge_of("kv_use", 0.3), gauge_of("queued", 0)})),
              IsEmpty());
  EXPECT_THAT(near_limits({}), IsEmpty());
}

TEST(NearLimit, NamesWhatTurnsWereToldAndHowManyConnectionsWereOpened) {
  LimitPoint point = point_of({gauge_of("vllm:num_requests_waiting", 7)});
  Summary& summary = point.runs.front().summary;
  summary.whole.tally.attempts = 100;
  summary.whole.tally.reasons = {{"http 429", 3}, {"overloaded", 20}};
  summary.connections_opened = 9'000;
  summary.connection_use.opened = 4'500;
  EXPECT_THAT(near_limits(point),
              ElementsAre(NearLimit{"engine's queue at n1", "7 waiting at most"},
                          NearLimit{"turns that ended with 'overloaded'", "20 of 100"},
                          NearLimit{"turns that ended with 'http 429'", "3 of 100"},
                          NearLimit{"new connections", "450/s; API Gateway's quota is 500/s unless it was raised"}));
}

TEST(NearLimit, CountsNoConnectionThatWasOpenedBeforeTheWindow) {
  LimitPoint point = point_of({});
  Summary& summary = point.runs.front().summary;
  summary.connections_opened = 9'000;  // before the run, over minutes
  summary.connection_use.opened = 300;
  EXPECT_THAT(near_limits(point), IsEmpty());
  summary.connection_use.opened = 2'250;
  summary.whole.from = 5'000'000;
  EXPECT_THAT(near_limits(point),
              ElementsAre(NearLimit{"new connections", "450/s; API Gateway's quota is 500/s unless it was raised"}));
}

}  // namespace
}  // namespace wsdeep::load

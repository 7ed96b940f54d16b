#include "fleet/refresh.h"

#include <gtest/gtest.h>

#include "support/fleet_snapshots.h"

namespace wsdeep::fleet {
namespace {

TEST(RefreshRequest, MakesOneNodeAfterTheOther) {
  struct Case {
    int nodes;
    std::vector<std::int64_t> asked;
    std::int64_t max_healthy;
    std::vector<std::int64_t> checkpoints;
  };
  const Case cases[] = {
      {1, {}, 200, {}},
      {2, {}, 150, {50, 100}},
      {3, {}, 133, {34, 100}},
      {7, {}, 114, {15, 100}},
      {150, {}, 101, {1, 100}},
      {4, {10, 50}, 125, {10, 50, 100}},
      {4, {50, 100}, 125, {50, 100}},
  };
  for (const Case& one : cases) {
    const aws::RefreshRequest request =
        refresh_request(testing::a_snapshot(one.nodes).main, {one.asked, {}, false, false});
    EXPECT_EQ(request.min_healthy, 100);
    EXPECT_EQ(request.max_healthy, one.max_healthy) << one.nodes;
    EXPECT_EQ(request.checkpoints, one.checkpoints) << one.nodes;
  }
}

TEST(RefreshRequest, EndsTheOldOneFirstWhereThereIsNoRoom) {
  const std::pair<int, std::int64_t> cases[] = {{1, 0}, {2, 50}, {3, 66}, {150, 99}};
  for (const auto& [nodes, least] : cases) {
    const aws::RefreshRequest request = refresh_request(testing::a_snapshot(nodes).main, {{}, {}, false, true});
    EXPECT_EQ(request.min_healthy, least) << nodes;
    EXPECT_EQ(request.max_healthy, 100);
  }
}

TEST(RefreshText, SaysHowFarItIs) {
  EXPECT_EQ(refresh_text(std::nullopt), "refresh is about to begin");
  aws::InstanceRefresh refresh;
  refresh.status = "InProgress";
  refresh.percent = 50;
  refresh.left = 1;
  EXPECT_EQ(refresh_text(refresh), "refresh InProgress 50 %, 1 node to replace");
  refresh.reason = "Waiting for instances to warm up";
  EXPECT_EQ(refresh_text(refresh), "refresh InProgress 50 %, 1 node to replace: Waiting for instances to warm up");
}

}  // namespace
}  // namespace wsdeep::fleet

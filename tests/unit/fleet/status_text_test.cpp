#include "fleet/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/display.h"
#include "support/fleet_snapshots.h"

namespace wsdeep::fleet {
namespace {

using testing::a_node;
using testing::a_snapshot;
using ::testing::ElementsAre;

deploy::ChangeStyle plain(std::size_t columns) {
  deploy::ChangeStyle style;
  style.columns = columns;
  return style;
}

Snapshot busy_fleet() {
  Snapshot now = a_snapshot(3);
  Group& group = now.main;
  group.nodes[0].load = 0.75;
  group.nodes[0].running = 6;
  group.nodes[0].waiting = 0;
  group.nodes[0].ttft_p50_ms = 850;
  group.nodes[0].usd_per_hour = 0.8048;
  group.nodes[1].spot = true;
  group.nodes[1].usd_per_hour = 0.3012;
  group.nodes[1].target = "unhealthy";
  group.nodes[1].reason = "Target.FailedHealthChecks: Health checks failed with these codes: [14]";
  group.nodes[2].lifecycle = "Pending:Wait";
  group.nodes[2].target = "";
  group.nodes[2].stage = {"model", "37 of 412 GB"};
  group.nodes[2].spot.reset();
  group.suspended = {"AZRebalance"};
  group.warm = 2;
  group.warm_state = "Stopped";
  group.activities = {
      {"a-2", "Launching a new EC2 instance: i-2", "InProgress", "", "2024-02-19T07:09:00Z", "", "30"},
      {"a-1", "Launching a new EC2 instance.  Status Reason: We currently do not have sufficient g6.xlarge capacity",
       "Failed", "We currently do not have sufficient g6.xlarge capacity", "2024-02-19T07:05:00Z",
       "2024-02-19T07:05:01Z", "100"}};
  return now;
}

TEST(FleetStatus, SaysAllThatIsKnownWhereThereIsRoom) {
  EXPECT_THAT(
      status_lines(busy_fleet(), plain(0)),
      ElementsAre(
          "fleet     chat-dev-nodes in eu-west-1  min 1, desired 3, max 4",
          "          1 of 3 serve, 1 coming, 1 not healthy; load 0.75; $1.11/h and 1 node of unknown price",
          "suspended AZRebalance", "warm pool 2 nodes, stopped",
          "activity  07:09:00  Launching a new EC2 instance: i-2  InProgress 30 %",
          "failed    07:05:00  Launching a new EC2 instance  Failed: We currently do not have sufficient g6.xlarge "
          "capacity",
          "to do     InsufficientInstanceCapacity: AWS has no such instance there at the moment. Auto Scaling goes on "
          "trying; "
          "more types in llm.instance_types and subnets in more zones find one sooner, llm.capacity_reservation keeps "
          "one",
          "NODE                 TYPE       ZONE        BUY     AGE  STATE         TARGET     LOAD  RUN  WAIT   TTFT    "
          " $/H",
          "i-00000000000000001  g6.xlarge  eu-west-1a  spot    10m  InService     unhealthy     -    -     -      -  "
          "0.3012",
          "          Target.FailedHealthChecks: Health checks failed with these codes: [14]",
          "i-00000000000000002  g6.xlarge  eu-west-1a  -       10m  Pending:Wait  -             -    -     -      -    "
          "   -",
          "          model 37 of 412 GB",
          "i-00000000000000000  g6.xlarge  eu-west-1a  demand  10m  InService     healthy    0.75    6     0  850ms  "
          "0.8048"));
}

TEST(FleetStatus, LeavesOutColumnsWhereThereIsNone) {
  for (const std::size_t columns : {60u, 80u, 100u, 160u})
    for (const std::string& line : status_lines(busy_fleet(), plain(columns)))
      EXPECT_LE(display_width(line), columns) << line;
  EXPECT_THAT(status_lines(busy_fleet(), plain(80)),
              ::testing::Contains("NODE                 TYPE       STATE         TARGET     LOAD   TTFT     $/H"));
  EXPECT_THAT(status_lines(busy_fleet(), plain(60)),
              ::testing::Contains("NODE                 STATE         TARGET     LOAD"));
}

TEST(FleetStatus, ShowsTheGroupOfANewModelBesideTheOld) {
  Snapshot now = a_snapshot(1);
  now.rollout = {"deepseek-r1:14b", "ollama:2", 1, 10};
  now.rollout_group = a_snapshot(1).main;
  now.rollout_group->name = "chat-dev-rollout";
  now.notes = {"no Spot prices: allow ec2:DescribeSpotPriceHistory"};
  const auto lines = status_lines(now, plain(0));
  EXPECT_THAT(lines, ::testing::Contains("rollout   deepseek-r1:14b gets 10 % of the traffic"));
  EXPECT_THAT(lines, ::testing::Contains("          chat-dev-rollout in eu-west-1  min 1, desired 1, max 4"));
  EXPECT_EQ(lines.back(), "note      no Spot prices: allow ec2:DescribeSpotPriceHistory");
}

TEST(FleetStatus, HidesWhatWouldSteerATerminal) {
  Snapshot now = a_snapshot(1);
  now.main.nodes[0].target = "unhealthy";
  now.main.nodes[0].reason = "\x1b[2J gone";
  for (const std::string& line : status_lines(now, plain(0))) EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
}

TEST(FleetStatus, CountsNoFailureThatHasBeenMadeGoodSince) {
  Group group = busy_fleet().main;
  ASSERT_NE(group.last_failure(), nullptr);
  group.activities.insert(group.activities.begin(),
                          {"a-3", "Terminating EC2 instance: i-9", "Successful", "", "", "", ""});
  EXPECT_NE(group.last_failure(), nullptr);
  group.activities.insert(group.activities.begin(),
                          {"a-4", "Launching a new EC2 instance: i-2", "Successful", "", "", "", ""});
  EXPECT_EQ(group.last_failure(), nullptr);
}

TEST(FleetStatus, SaysAgesAsPeopleDo) {
  const SystemTime now = from_epoch_ms(1'708'326'702'000);
  const std::pair<int, const char*> cases[] = {{0, "0s"},          {59, "59s"},      {60, "1m"},
                                               {3599, "59m"},      {3600, "1h00m"},  {11220, "3h07m"},
                                               {172799, "47h59m"}, {172800, "2d0h"}, {-5, "0s"}};
  for (const auto& [seconds, text] : cases) EXPECT_EQ(age_text(now - std::chrono::seconds(seconds), now), text);
}

TEST(FleetCost, SaysWhatItLeavesOut) {
  EXPECT_EQ(cost_text({1.5, 0}, 2), "$1.50/h");
  EXPECT_EQ(cost_text({1.5, 1}, 3), "$1.50/h and 1 node of unknown price");
  EXPECT_EQ(cost_text({0, 3}, 3), "unknown");
  EXPECT_EQ(cost_text({0, 0}, 0), "$0/h");
  EXPECT_EQ(price_text(std::nullopt), "unknown");
}

}  // namespace
}  // namespace wsdeep::fleet

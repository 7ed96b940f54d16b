#include "fleet/serving.h"

#include <gtest/gtest.h>

#include "support/fleet_snapshots.h"

namespace wsdeep::fleet {
namespace {

constexpr const char* kQuota =
    "Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current "
    "vCPU limit of 0 allows";
constexpr const char* kCapacity = "We currently do not have sufficient g6.xlarge capacity in the Availability Zone";

aws::ScalingActivity launch(const char* id, const char* status, const char* message,
                            const char* start = "2024-02-19T07:05:00Z") {
  return {id, "Launching a new EC2 instance", status, message, start, "", ""};
}

/// A group that wants a node and has none, with these activities, the newest first.
Group lacking(std::vector<aws::ScalingActivity> activities) {
  Group group = testing::a_snapshot(0).main;
  group.desired = 1;
  group.activities = std::move(activities);
  return group;
}

const ServingWait kWait("2024-02-19T07:00:00.123Z");

TEST(ServingWait, EndsAtAQuotaAndSaysWhatToDo) {
  const auto trouble = kWait.trouble_in(lacking({launch("a", "Failed", kQuota)}));
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->what, "07:05:00  Launching a new EC2 instance  Failed: " + std::string(kQuota));
  EXPECT_TRUE(trouble->remedy.starts_with("VcpuLimitExceeded: the account's quota is used up")) << trouble->remedy;
}

TEST(ServingWait, GivesALackOfCapacityThreeTries) {
  EXPECT_FALSE(kWait.trouble_in(lacking({launch("b", "Failed", kCapacity), launch("a", "Failed", kCapacity)})));
  EXPECT_TRUE(kWait.trouble_in(
      lacking({launch("c", "Failed", kCapacity), launch("b", "Failed", kCapacity), launch("a", "Failed", kCapacity)})));
}

TEST(ServingWait, CountsNothingOfBefore) {
  EXPECT_FALSE(kWait.trouble_in(lacking({launch("a", "Failed", kQuota, "2024-02-19T06:59:59Z")})));
  EXPECT_FALSE(kWait.trouble_in(lacking({launch("b", "InProgress", ""), launch("a", "Failed", kQuota)})));
  EXPECT_FALSE(kWait.trouble_in(lacking({})));
  const Group group = lacking({launch("a", "Failed", kQuota)});
  EXPECT_FALSE(ServingWait(group).trouble_in(group));
}

TEST(ServingWait, GoesOnWhileAnotherNodeIsOnItsWay) {
  Group group = lacking({launch("a", "Failed", kQuota)});
  group.desired = 2;
  group.nodes.push_back(testing::a_node(1, {}));
  group.nodes.back().lifecycle = "Pending:Wait";
  EXPECT_FALSE(kWait.trouble_in(group));
  group.nodes.back() = testing::a_node(1, {});
  EXPECT_TRUE(kWait.trouble_in(group)) << "one of two serves, and the other cannot be made";
}

TEST(ServingWait, EndsWhenTheNodeItselfGivesUp) {
  Group group = lacking({launch("a", "InProgress", "")});
  group.nodes.push_back(testing::a_node(1, {}));
  group.nodes.back().lifecycle = "Pending:Wait";
  group.nodes.back().stage = {"model", "37 of 412 GB"};
  EXPECT_FALSE(kWait.trouble_in(group));
  group.nodes.back().stage = {"failed", "docker pull: no such image"};
  const auto trouble = kWait.trouble_in(group);
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->what, "i-00000000000000001 failed: docker pull: no such image");
  EXPECT_EQ(trouble->remedy, "its journal says why: wsdeep logs --node i-00000000000000001");
}

TEST(ServingWait, HasNothingToWaitForWhenNothingIsWanted) {
  Group group = lacking({launch("a", "Failed", kQuota)});
  group.desired = 0;
  EXPECT_TRUE(is_served(group));
  EXPECT_FALSE(kWait.trouble_in(group));
}

}  // namespace
}  // namespace wsdeep::fleet

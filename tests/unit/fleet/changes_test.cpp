#include "fleet/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fleet_snapshots.h"

namespace wsdeep::fleet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Changes, TellsWhatHasBecomeDifferent) {
  Changes changes;
  Snapshot now = testing::a_snapshot(2);
  now.main.activities = {
      {"a-1", "Launching a new EC2 instance: i-0", "Successful", "", "2024-02-19T07:00:00Z", "", ""}};
  EXPECT_THAT(changes.since_last(now), IsEmpty());
  EXPECT_THAT(changes.since_last(now), IsEmpty());

  now.main.nodes[0].lifecycle = "Terminating:Wait";
  now.main.nodes[0].target = "draining";
  now.main.nodes[0].reason = "Target.DeregistrationInProgress";
  now.main.activities.insert(now.main.activities.begin(), {"a-2", "Terminating EC2 instance: i-0", "InProgress", "",
                                                           "2024-02-19T07:11:41Z", "", "50"});
  EXPECT_THAT(changes.since_last(now),
              ElementsAre("07:11:41  Terminating EC2 instance: i-0  InProgress 50 %",
                          "07:11:42  i-00000000000000000  InService healthy → Terminating:Wait draining  "
                          "Target.DeregistrationInProgress"));

  now.main.nodes[0].stage = {"model", "1 of 15 GB"};
  EXPECT_THAT(changes.since_last(now),
              ElementsAre("07:11:42  i-00000000000000000  Terminating:Wait draining → Terminating:Wait draining model  "
                          "Target.DeregistrationInProgress  model 1 of 15 GB"));
  now.main.nodes[0].stage = {"model", "2 of 15 GB"};
  EXPECT_THAT(changes.since_last(now), IsEmpty()) << "a line for each GB would hide all else";
  now.main.nodes[0].stage.reset();
  changes.since_last(now);

  now.main.nodes[0] = testing::a_node(7, now.at);
  EXPECT_THAT(changes.since_last(now), ElementsAre("07:11:42  i-00000000000000007  InService healthy",
                                                   "07:11:42  i-00000000000000000  Terminating:Wait draining → gone"));
}

}  // namespace
}  // namespace wsdeep::fleet

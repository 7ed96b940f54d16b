#include "aws/autoscaling.h"

#include <functional>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using AutoScalingTest = testing::AwsClientTest<AutoScaling, 2>;

TEST_F(AutoScalingTest, ReadsAGroupAndItsInstances) {
  answer(
      "DescribeAutoScalingGroups",
      "<AutoScalingGroups><member><AutoScalingGroupName>nodes</AutoScalingGroupName><MinSize>1</MinSize>"
      "<DesiredCapacity>2</DesiredCapacity><MaxSize>4</MaxSize><Instances>"
      "<member><InstanceId>i-1</InstanceId><InstanceType>g5.xlarge</InstanceType><AvailabilityZone>eu-west-1a"
      "</AvailabilityZone><LifecycleState>Terminating:Wait</LifecycleState><HealthStatus>Unhealthy</HealthStatus>"
      "<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>6</Version></LaunchTemplate></"
      "member><member><InstanceId>i-2</InstanceId></member></Instances><SuspendedProcesses><member><ProcessName>"
      "AZRebalance</ProcessName><SuspensionReason>User suspended</SuspensionReason></member></SuspendedProcesses>"
      "<WarmPoolConfiguration><MinSize>2</MinSize><PoolState>Stopped</PoolState></WarmPoolConfiguration><WarmPoolSize>2"
      "</WarmPoolSize></member></AutoScalingGroups>");
  const auto group = client_.describe_group("nodes");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->name, "nodes");
  EXPECT_EQ(group->min + group->desired + group->max, "124");
  EXPECT_EQ(group->warm_pool_size + group->warm_pool_state, "2Stopped");
  EXPECT_EQ(group->suspended, std::vector<std::string>{"AZRebalance"});
  ASSERT_EQ(group->instances.size(), 2u);
  EXPECT_EQ(group->instances[0].id, "i-1");
  EXPECT_EQ(group->instances[0].type, "g5.xlarge");
  EXPECT_EQ(group->instances[0].zone, "eu-west-1a");
  EXPECT_EQ(group->instances[0].lifecycle, "Terminating:Wait");
  EXPECT_EQ(group->instances[0].health, "Unhealthy");
  EXPECT_EQ(group->instances[0].launch_template, "lt-1 version 6");
  EXPECT_EQ(group->instances[1].launch_template, "");
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeAutoScalingGroups&Version=2011-01-01&AutoScalingGroupNames.member.1=nodes");
  EXPECT_TRUE(is_signed_for("autoscaling"));
}

TEST_F(AutoScalingTest, ReadsWhatTheNextInstanceIsStartedFrom) {
  const auto wanted = [this](const std::string& xml) {
    answer("DescribeAutoScalingGroups", "<AutoScalingGroups><member>" + xml + "</member></AutoScalingGroups>");
    return client_.describe_group("nodes")->launch_template;
  };
  const auto version = [](const std::string& tag, const std::string& number) {
    return "<" + tag + "><LaunchTemplateId>lt-1</LaunchTemplateId><Version>" + number + "</Version></" + tag + ">";
  };
  EXPECT_EQ(wanted(version("LaunchTemplate", "7")), "lt-1 version 7");
  EXPECT_EQ(wanted("<MixedInstancesPolicy><LaunchTemplate>" + version("LaunchTemplateSpecification", "8") +
                   "</LaunchTemplate></MixedInstancesPolicy>"),
            "lt-1 version 8");
  EXPECT_EQ(wanted(version("LaunchTemplate", "$Latest")), "");
  EXPECT_EQ(wanted(""), "");
}

TEST_F(AutoScalingTest, IsNothingForAGroupThatDoesNotExist) {
  answer("DescribeAutoScalingGroups", "<AutoScalingGroups/>");
  EXPECT_FALSE(client_.describe_group("gone"));
}

TEST_F(AutoScalingTest, ReadsActivitiesAndWhyTheyFailed) {
  answer(
      "DescribeScalingActivities",
      "<Activities><member><ActivityId>a-1</ActivityId><Description>Launching a new EC2 instance.  Status Reason: We "
      "currently do not have sufficient g6.xlarge capacity</Description><StatusCode>Failed</StatusCode><StatusMessage>"
      "We currently do not have sufficient g6.xlarge capacity</StatusMessage><StartTime>2024-02-19T07:11:42Z"
      "</StartTime><EndTime>2024-02-19T07:11:43Z</EndTime><Progress>100</Progress></member></Activities>");
  const auto activities = client_.describe_activities("nodes", 20);
  ASSERT_EQ(activities.size(), 1u);
  EXPECT_EQ(activities[0].status, "Failed");
  EXPECT_EQ(activities[0].message, "We currently do not have sufficient g6.xlarge capacity");
  EXPECT_EQ(activities[0].start + activities[0].end, "2024-02-19T07:11:42Z2024-02-19T07:11:43Z");
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeScalingActivities&Version=2011-01-01&AutoScalingGroupName=nodes&MaxRecords=20");
}

TEST_F(AutoScalingTest, ReadsRefreshesAndHowFarTheyAre) {
  answer(
      "DescribeInstanceRefreshes",
      "<InstanceRefreshes><member><InstanceRefreshId>r-1</InstanceRefreshId><Status>InProgress</Status><StatusReason>"
      "Waiting for instances to warm up</StatusReason><StartTime>2024-02-19T07:11:42Z</StartTime><PercentageComplete>"
      "50</PercentageComplete><InstancesToUpdate>2</InstancesToUpdate></member></InstanceRefreshes>");
  const auto refreshes = client_.describe_refreshes("nodes", 1);
  ASSERT_EQ(refreshes.size(), 1u);
  EXPECT_EQ(refreshes[0].id + " " + refreshes[0].status + " " + refreshes[0].reason,
            "r-1 InProgress Waiting for instances to warm up");
  EXPECT_EQ(refreshes[0].percent, 50);
  EXPECT_EQ(refreshes[0].left, 2);
}

TEST_F(AutoScalingTest, AsksForWhatChangesTheGroup) {
  struct Case {
    const char* action;
    std::function<void(AutoScaling&)> call;
    const char* body;
  };
  const Case cases[] = {
      {"SetDesiredCapacity", [](AutoScaling& client) { client.set_desired("nodes", 3); },
       "&AutoScalingGroupName=nodes&DesiredCapacity=3&HonorCooldown=false"},
      {"UpdateAutoScalingGroup",
       [](AutoScaling& client) {
         client.set_sizes("nodes", {1, std::nullopt, 9});
       },
       "&AutoScalingGroupName=nodes&MinSize=1&MaxSize=9"},
      {"TerminateInstanceInAutoScalingGroup", [](AutoScaling& client) { client.terminate("i-1", true); },
       "&InstanceId=i-1&ShouldDecrementDesiredCapacity=true"},
      {"EnterStandby", [](AutoScaling& client) { client.enter_standby("nodes", "i-1", false); },
       "&AutoScalingGroupName=nodes&InstanceIds.member.1=i-1&ShouldDecrementDesiredCapacity=false"},
      {"ExitStandby", [](AutoScaling& client) { client.exit_standby("nodes", "i-1"); },
       "&AutoScalingGroupName=nodes&InstanceIds.member.1=i-1"},
      {"CancelInstanceRefresh", [](AutoScaling& client) { client.cancel_refresh("nodes"); },
       "&AutoScalingGroupName=nodes"},
      {"RollbackInstanceRefresh", [](AutoScaling& client) { client.rollback_refresh("nodes"); },
       "&AutoScalingGroupName=nodes"},
      {"StartInstanceRefresh",
       [](AutoScaling& client) {
         client.start_refresh({"nodes", 100, 110, {50, 100}, 600, 0, true});
       },
       "&AutoScalingGroupName=nodes&Strategy=Rolling&Preferences.MinHealthyPercentage=100&Preferences"
       ".MaxHealthyPercentage=110&Preferences.InstanceWarmup=0&Preferences.SkipMatching=true&Preferences"
       ".CheckpointPercentages.member.1=50&Preferences.CheckpointPercentages.member.2=100&Preferences"
       ".CheckpointDelay=600"},
  };
  for (const Case& one : cases) {
    answer(one.action, "");
    one.call(client_);
    EXPECT_EQ(server_.last_request().body, std::string("Action=") + one.action + "&Version=2011-01-01" + one.body);
  }
}

TEST_F(AutoScalingTest, DoesNotRepeatWhatWouldCountTwice) {
  const std::function<void()> calls[] = {[this] { client_.terminate("i-1", true); },
                                         [this] { client_.enter_standby("nodes", "i-1", true); },
                                         [this] { client_.exit_standby("nodes", "i-1"); },
                                         [this] {
                                           client_.start_refresh({"nodes", 100, 110, {}, 0, 0, false});
                                         }};
  for (const auto& call : calls) {
    refuse(503, "ServiceUnavailable", "try later");
    EXPECT_EQ(refusal_of(call).code(), "ServiceUnavailable");
  }
}

TEST_F(AutoScalingTest, ReportsARefusalAfterTheAttemptsAreUsedUp) {
  refuse(503, "ServiceUnavailable", "try later");
  refuse(503, "ServiceUnavailable", "try later");
  EXPECT_EQ(refusal_of([this] { client_.describe_group("nodes"); }).code(), "ServiceUnavailable");
}

}  // namespace
}  // namespace wsdeep::aws

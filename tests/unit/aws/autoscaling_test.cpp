#include "aws/autoscaling.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using AutoScalingTest = testing::AwsClientTest<AutoScaling, 2>;

TEST_F(AutoScalingTest, ReadsAGroupAndItsInstances) {
  answer("DescribeAutoScalingGroups",
         "<AutoScalingGroups><member><AutoScalingGroupName>nodes</AutoScalingGroupName><MinSize>1</MinSize>"
         "<DesiredCapacity>2</DesiredCapacity><MaxSize>4</MaxSize><Instances>"
         "<member><InstanceId>i-1</InstanceId><InstanceType>g5.xlarge</InstanceType><AvailabilityZone>eu-west-1a"
         "</AvailabilityZone><LifecycleState>Terminating:Wait</LifecycleState><HealthStatus>Unhealthy</HealthStatus>"
         "</member><member><InstanceId>i-2</InstanceId></member></Instances></member></AutoScalingGroups>");
  const auto group = client_.describe_group("nodes");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->name, "nodes");
  EXPECT_EQ(group->min + group->desired + group->max, "124");
  ASSERT_EQ(group->instances.size(), 2u);
  EXPECT_EQ(group->instances[0].id, "i-1");
  EXPECT_EQ(group->instances[0].type, "g5.xlarge");
  EXPECT_EQ(group->instances[0].zone, "eu-west-1a");
  EXPECT_EQ(group->instances[0].lifecycle, "Terminating:Wait");
  EXPECT_EQ(group->instances[0].health, "Unhealthy");
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeAutoScalingGroups&Version=2011-01-01&AutoScalingGroupNames.member.1=nodes");
  EXPECT_TRUE(is_signed_for("autoscaling"));
}

TEST_F(AutoScalingTest, IsNothingForAGroupThatDoesNotExist) {
  answer("DescribeAutoScalingGroups", "<AutoScalingGroups/>");
  EXPECT_FALSE(client_.describe_group("gone"));
}

TEST_F(AutoScalingTest, ReportsARefusalAfterTheAttemptsAreUsedUp) {
  refuse(503, "ServiceUnavailable", "try later");
  refuse(503, "ServiceUnavailable", "try later");
  EXPECT_EQ(refusal_of([this] { client_.describe_group("nodes"); }).code(), "ServiceUnavailable");
}

}  // namespace
}  // namespace wsdeep::aws

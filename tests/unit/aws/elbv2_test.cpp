#include "aws/elbv2.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using Elbv2Test = testing::AwsClientTest<Elbv2, 1>;

TEST_F(Elbv2Test, ReadsTheHealthOfTargetsAndItsReason) {
  answer("DescribeTargetHealth",
         "<TargetHealthDescriptions><member><HealthCheckPort>50051</HealthCheckPort><TargetHealth><State>unhealthy"
         "</State><Reason>Target.FailedHealthChecks</Reason><Description>Health checks failed with these codes: [14]"
         "</Description></TargetHealth><Target><Port>50051</Port><Id>i-0376fadf</Id></Target></member><member>"
         "<TargetHealth><State>healthy</State></TargetHealth><Target><Id>i-2</Id></Target></member>"
         "</TargetHealthDescriptions>");
  const auto targets = client_.describe_target_health("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/b");
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].id + " " + targets[0].state + " " + targets[0].reason + " " + targets[0].description,
            "i-0376fadf unhealthy Target.FailedHealthChecks Health checks failed with these codes: [14]");
  EXPECT_EQ(targets[1].id + " " + targets[1].state + targets[1].reason, "i-2 healthy");
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn="
            "arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A1%3Atargetgroup%2Fa%2Fb");
  EXPECT_TRUE(is_signed_for("elasticloadbalancing"));
}

TEST_F(Elbv2Test, ReportsATargetGroupThatIsGone) {
  refuse(400, "TargetGroupNotFound", "One or more target groups not found");
  EXPECT_EQ(refusal_of([this] { client_.describe_target_health("arn"); }).kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace wsdeep::aws

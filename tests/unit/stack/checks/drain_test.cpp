#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stack/checks/validate.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What is said of a group with such a hook before a target group with such attributes.
std::string told_of_drain(const std::string& heartbeat, const std::string& attributes) {
  ValidateOptions options;
  options.file = "t.yaml";
  options.parameters = {{"Delay", "360"}};
  return render(validate_template(
      fmt::format("Parameters: {{Delay: {{Type: Number}}}}\n"
                  "Resources:\n"
                  "  Targets:\n"
                  "    Type: AWS::ElasticLoadBalancingV2::TargetGroup\n"
                  "    Properties: {{Port: !Ref Delay{}}}\n"
                  "  Nodes:\n"
                  "    Type: AWS::AutoScaling::AutoScalingGroup\n"
                  "    Properties:\n"
                  "      TargetGroupARNs: [!Ref Targets]\n"
                  "      LifecycleHookSpecificationList:\n"
                  "        - {{LifecycleHookName: a, LifecycleTransition: autoscaling:EC2_INSTANCE_LAUNCHING, "
                  "HeartbeatTimeout: 30}}\n"
                  "        - {{LifecycleHookName: b, LifecycleTransition: autoscaling:EC2_INSTANCE_TERMINATING{}}}\n",
                  attributes, heartbeat),
      options));
}

std::string delay(const std::string& value) {
  return fmt::format(
      ", TargetGroupAttributes: [{{Key: deregistration_delay.timeout_seconds, Value: {}}}, "
      "{{Key: stickiness.enabled, Value: \"true\"}}]",
      value);
}

TEST(ValidateDrain, WarnsOfAHookThatIsOverBeforeTheConnectionsAre) {
  EXPECT_THAT(told_of_drain(", HeartbeatTimeout: 300", delay("\"360\"")),
              StartsWith("t.yaml:12:111: warning: the hook of 'Nodes' lets an instance go after 300 s "
                         "(HeartbeatTimeout), and 'Targets' gives its connections 360 s "
                         "(deregistration_delay.timeout_seconds)\n"));
  EXPECT_THAT(told_of_drain(", HeartbeatTimeout: 360", delay("!Ref Delay")),
              HasSubstr("after 360 s (HeartbeatTimeout)"));
  EXPECT_THAT(told_of_drain(", HeartbeatTimeout: 300", ""), HasSubstr("'Targets' gives its connections 300 s"));
  EXPECT_THAT(told_of_drain(", HeartbeatTimeout: 300", delay("300")), HasSubstr("make the hook's time the longer one"));
}

TEST(ValidateDrain, IsQuietAboutWhatHoldsOrIsNotKnown) {
  EXPECT_EQ(told_of_drain(", HeartbeatTimeout: 361", delay("360")), "");
  EXPECT_EQ(told_of_drain("", delay("3599")), "");
  EXPECT_EQ(told_of_drain(", HeartbeatTimeout: !Sub '300'", delay("360")), "");
  EXPECT_EQ(told_of_drain(", HeartbeatTimeout: soon", delay("360")), "");
  EXPECT_EQ(told_of_drain(", HeartbeatTimeout: 300", delay("!GetAtt Nodes.Delay")).find("HeartbeatTimeout)"),
            std::string::npos);
}

}  // namespace
}  // namespace wsdeep::stack

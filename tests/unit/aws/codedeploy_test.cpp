#include "aws/codedeploy.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kAlarmed =
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected "
    "deployments have been stopped. Activated alarms: <chat-live-Errors-1>, <chat-live-ApiErrors-2>";

class CodeDeployTest : public testing::AwsClientTest<CodeDeploy> {};

TEST_F(CodeDeployTest, TellsWhyADeploymentWasStopped) {
  server_.expect(200, R"({"deployments":["d-OLD","d-NEW"]})");
  server_.expect(200, R"({"deploymentInfo":{"status":"Failed","createTime":1700000000.5,)"
                      R"("errorInformation":{"code":"TIMEOUT","message":"it took too long"}}})");
  server_.expect(200, std::string(R"({"deploymentInfo":{"status":"Stopped","createTime":1700000100,)"
                                  R"("errorInformation":{"code":"ALARM_ACTIVE","message":")") +
                          kAlarmed + R"("}}})");
  const auto found = client_.failures("app", "group", SystemTime(std::chrono::seconds(1700000000)));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id, "d-NEW");
  EXPECT_EQ(found[0].code, "ALARM_ACTIVE");
  EXPECT_EQ(found[0].alarms(), (std::vector<std::string>{"chat-live-Errors-1", "chat-live-ApiErrors-2"}));
  EXPECT_EQ(found[1].message, "it took too long");
  EXPECT_TRUE(found[1].alarms().empty());
  EXPECT_EQ(asked(), R"(GetDeployment {"deploymentId":"d-NEW"})");
}

TEST_F(CodeDeployTest, AsksForThoseOfTheGroupThatFailed) {
  server_.expect(200, "{}");
  EXPECT_TRUE(client_.failures("app", "group", SystemTime(std::chrono::seconds(1700000000))).empty());
  EXPECT_EQ(asked(), R"(ListDeployments {"applicationName":"app","deploymentGroupName":"group",)"
                     R"("includeOnlyStatuses":["Failed","Stopped"],"createTimeRange":{"start":1700000000}})");
  EXPECT_TRUE(is_signed_for("codedeploy"));
}

TEST_F(CodeDeployTest, KnowsNoAlarmInAMessageThatIsCutOff) {
  EXPECT_TRUE((ShiftFailure{"d-1", "Stopped", "ALARM_ACTIVE", "Activated alarms: <chat"}).alarms().empty());
  EXPECT_TRUE((ShiftFailure{"d-1", "Stopped", "ALARM_ACTIVE", "Activated alarms:"}).alarms().empty());
}

}  // namespace
}  // namespace wsdeep::aws

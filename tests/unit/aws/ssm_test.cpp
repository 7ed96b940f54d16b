#include "aws/ssm.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using SsmTest = testing::AwsClientTest<Ssm, 2>;

TEST_F(SsmTest, StartsASession) {
  server_.expect(200, R"({"SessionId":"me-1","TokenValue":"t","StreamUrl":"wss://x"})");
  const SsmSession session =
      client_.start_session({"i-1", "AWS-StartPortForwardingSession", {{"portNumber", "50051"}}});
  EXPECT_EQ(asked(), R"(StartSession {"Target":"i-1","DocumentName":"AWS-StartPortForwardingSession",)"
                     R"("Parameters":{"portNumber":["50051"]}})");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-Amz-Target"), "AmazonSSM.StartSession");
  EXPECT_TRUE(is_signed_for("ssm"));
  EXPECT_EQ(session.id, "me-1");
  EXPECT_EQ(session.token, "t");
  EXPECT_EQ(session.stream_url, "wss://x");
}

TEST_F(SsmTest, TerminatesASession) {
  server_.expect(200, R"({"SessionId":"me-1"})");
  client_.terminate_session("me-1");
  EXPECT_EQ(asked(), R"(TerminateSession {"SessionId":"me-1"})");
}

TEST_F(SsmTest, TellsOfAnInstanceThatIsNotConnected) {
  server_.expect(400, R"({"__type":"TargetNotConnected","message":"i-1 is not connected."})");
  const ServiceError error = refusal_of([this] { client_.start_session({"i-1", "d", {}}); });
  EXPECT_EQ(error.code(), "TargetNotConnected");
  EXPECT_EQ(error.detail(), "i-1 is not connected.");
}

TEST_F(SsmTest, RefusesAnswersOfAnotherShape) {
  for (const char* answer :
       {"", "[]", R"({"SessionId":"me-1"})", R"({"SessionId":1,"TokenValue":"","StreamUrl":""})"}) {
    server_.expect(200, answer);
    EXPECT_THROW(client_.start_session({"i-1", "d", {}}), Error) << answer;
  }
}

}  // namespace
}  // namespace wsdeep::aws

#include "aws/connections_api.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class ConnectionsApiTest : public testing::AwsTest {
 protected:
  ConnectionsApi api_{http_, options(2), credentials_, clock_};

  PostOutcome post(std::string_view id = "JC1dgf9yoAMCK-g=") {
    return api_.post(server_.url() + "/prod", id, "a frame \xE2\x82\xAC", true);
  }
};

TEST_F(ConnectionsApiTest, PostsTheMessageAsItIs) {
  server_.expect(200, "");
  EXPECT_EQ(post(), PostOutcome::kSent);
  const net::HttpRequest got = server_.last_request();
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.target, "/prod/%40connections/JC1dgf9yoAMCK-g%3D");
  EXPECT_EQ(got.body, "a frame \xE2\x82\xAC");
  EXPECT_TRUE(is_signed_for("execute-api"));
}

TEST_F(ConnectionsApiTest, EscapesAnIdThatIsNone) {
  server_.expect(400, R"({"message":"Invalid connectionId: ../x"})", {{"x-amzn-errortype", "BadRequestException"}});
  EXPECT_EQ(post("../x"), PostOutcome::kGone);
  EXPECT_EQ(server_.last_request().target, "/prod/%40connections/..%2Fx");
}

TEST_F(ConnectionsApiTest, TellsGoneFromTooLargeFromFailed) {
  server_.expect(410, "", {{"x-amzn-ErrorType", "GoneException"}});
  EXPECT_EQ(post(), PostOutcome::kGone);
  server_.expect(413, R"({"message":"Message too long"})", {{"x-amzn-ErrorType", "PayloadTooLargeException"}});
  EXPECT_EQ(post(), PostOutcome::kTooLarge);
  server_.expect(403, R"({"message":"Forbidden"})", {{"x-amzn-ErrorType", "ForbiddenException"}});
  EXPECT_THROW(post(), ServiceError);
  server_.expect(400, R"({"message":"something else"})");
  EXPECT_THROW(post(), ServiceError);
}

TEST_F(ConnectionsApiTest, RetriesThrottlingButNoBrokenConnectionOfAnUnsafeFrame) {
  server_.expect(429, "", {{"x-amzn-ErrorType", "LimitExceededException"}});
  server_.expect(200, "");
  EXPECT_EQ(post(), PostOutcome::kSent);
  http_ = net::HttpClient();
  server_.expect_and_hang_up();
  EXPECT_THROW(api_.post(server_.url() + "/prod", "a", "x", false), net::TransportError);
}

TEST_F(ConnectionsApiTest, DisconnectSaysWhetherThereWasAConnection) {
  server_.expect(204, "");
  EXPECT_TRUE(api_.disconnect(server_.url() + "/prod/", "a="));
  EXPECT_EQ(server_.last_request().method, "DELETE");
  EXPECT_EQ(server_.last_request().target, "/prod/%40connections/a%3D");
  server_.expect(410, "");
  EXPECT_FALSE(api_.disconnect(server_.url() + "/prod", "a="));
  server_.expect(403, "");
  EXPECT_THROW(api_.disconnect(server_.url() + "/prod", "a="), ServiceError);
}

}  // namespace
}  // namespace wsdeep::aws

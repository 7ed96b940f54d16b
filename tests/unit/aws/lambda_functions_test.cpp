#include "aws/lambda_functions.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class LambdaFunctionsTest : public testing::AwsClientTest<LambdaFunctions, 2> {
 protected:
  /// `METHOD TARGET BODY` of the last request.
  std::string sent() const {
    const net::HttpRequest request = server_.last_request();
    return request.method + " " + request.target + " " + request.body;
  }
};

TEST_F(LambdaFunctionsTest, TellsHowAnUpdateStands) {
  server_.expect(200, R"({"FunctionName":"f","Version":"$LATEST","CodeSha256":"aGFzaA==","State":"Active",)"
                      R"("LastUpdateStatus":"Failed","LastUpdateStatusReason":"The zip is broken"})");
  const FunctionConfiguration found = client_.configuration("f");
  EXPECT_EQ(sent(), "GET /2015-03-31/functions/f/configuration ");
  EXPECT_EQ(found.version, "$LATEST");
  EXPECT_EQ(found.code_sha256, "aGFzaA==");
  EXPECT_EQ(found.update, "Failed");
  EXPECT_EQ(found.update_reason, "The zip is broken");
}

TEST_F(LambdaFunctionsTest, TakesTheCodeFromTheBucket) {
  server_.expect(200, R"({"CodeSha256":"aGFzaA==","LastUpdateStatus":"InProgress"})");
  EXPECT_EQ(client_.update_code("f", "b", "packages/message-1.zip").update, "InProgress");
  EXPECT_EQ(sent(), R"(PUT /2015-03-31/functions/f/code {"S3Bucket":"b","S3Key":"packages/message-1.zip"})");
}

TEST_F(LambdaFunctionsTest, PublishesThatCodeAndNoOther) {
  server_.expect(201, R"({"Version":"7"})");
  EXPECT_EQ(client_.publish("f", "aGFzaA=="), "7");
  EXPECT_EQ(sent(), R"(POST /2015-03-31/functions/f/versions {"CodeSha256":"aGFzaA=="})");
}

TEST_F(LambdaFunctionsTest, KnowsAnAliasThatThereIsNot) {
  server_.expect(404, R"({"Type":"User","Message":"Cannot find alias arn"})",
                 {{"x-amzn-ErrorType", "ResourceNotFoundException"}});
  EXPECT_EQ(client_.alias_version("f", "live"), std::nullopt);
  server_.expect(200, R"({"Name":"live","FunctionVersion":"3"})");
  EXPECT_EQ(client_.alias_version("f", "live"), "3");
  EXPECT_EQ(sent(), "GET /2015-03-31/functions/f/aliases/live ");
}

TEST_F(LambdaFunctionsTest, PointsAnAliasAtOneVersionAlone) {
  server_.expect(200, R"({"Name":"live","FunctionVersion":"4"})");
  client_.point_alias("f", "live", "4");
  EXPECT_EQ(
      sent(),
      R"(PUT /2015-03-31/functions/f/aliases/live {"FunctionVersion":"4","RoutingConfig":{"AdditionalVersionWeights":{}}})");
}

TEST_F(LambdaFunctionsTest, SaysWhichFunctionWasRefused) {
  server_.expect(403, R"({"Message":"User: alice is not authorized"})",
                 {{"x-amzn-ErrorType", "AccessDeniedException"}});
  const std::string words = refusal_of([&] { client_.update_code("f", "b", "k"); }).what();
  EXPECT_NE(words.find("UpdateFunctionCode of f"), std::string::npos) << words;
}

}  // namespace
}  // namespace wsdeep::aws

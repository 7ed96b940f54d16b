#include "aws/lambda.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class LambdaTest : public testing::AwsClientTest<Lambda, 2> {
 protected:
  Lambda& lambda_ = client_;
};

TEST_F(LambdaTest, InvokesAsynchronouslyAndRetriesThrottling) {
  server_.expect(429, "{}", {{"x-amzn-ErrorType", "TooManyRequestsException"}});
  server_.expect(202, "");
  lambda_.invoke_async("arn:aws:lambda:eu-west-1:1:function:f", "{\"a\":1}");
  const net::HttpRequest got = server_.last_request();
  EXPECT_EQ(got.target, "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/invocations");
  EXPECT_EQ(net::header(got.headers, "X-Amz-Invocation-Type"), "Event");
  EXPECT_EQ(got.body, "{\"a\":1}");
}

TEST_F(LambdaTest, ReturnsThePayloadOfASynchronousInvocation) {
  server_.expect(200, "\"done\"");
  EXPECT_EQ(lambda_.invoke("f", "{}"), "\"done\"");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-Amz-Invocation-Type"), "RequestResponse");
}

TEST_F(LambdaTest, ReportsTheFunctionsError) {
  server_.expect(200, R"({"errorType":"Boom","errorMessage":"it broke"})", {{"X-Amz-Function-Error", "Unhandled"}});
  try {
    lambda_.invoke("f", "{}");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "function f failed: Boom: it broke");
  }
  server_.expect(200, "not json", {{"X-Amz-Function-Error", "Unhandled"}});
  EXPECT_THROW(lambda_.invoke("f", "{}"), Error);
}

TEST_F(LambdaTest, ReportsAMissingFunction) {
  server_.expect(404, R"({"Type":"User","Message":"Function not found"})",
                 {{"x-amzn-ErrorType", "ResourceNotFoundException"}});
  try {
    lambda_.invoke_async("f", "{}");
    ADD_FAILURE() << "no error";
  } catch (const ServiceError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_EQ(error.code(), "ResourceNotFoundException");
  }
}

}  // namespace
}  // namespace wsdeep::aws

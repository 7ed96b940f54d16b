#include "aws/sts.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using StsTest = testing::AwsClientTest<Sts, 2>;

TEST_F(StsTest, SaysWhoseCredentialsTheyAre) {
  answer("GetCallerIdentity",
         "<Arn>arn:aws:iam::123456789012:user/alice</Arn><UserId>AIDA</UserId><Account>123456789012</Account>");
  const CallerIdentity who = client_.get_caller_identity();
  EXPECT_EQ(who.account, "123456789012");
  EXPECT_EQ(who.arn, "arn:aws:iam::123456789012:user/alice");
  EXPECT_EQ(who.user_id, "AIDA");
  EXPECT_EQ(server_.last_request().body, "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_TRUE(is_signed_for("sts"));
}

TEST_F(StsTest, RefusesExpiredCredentialsAtOnce) {
  refuse(403, "ExpiredToken", "The security token included in the request is expired");
  const ServiceError error = refusal_of([this] { client_.get_caller_identity(); });
  EXPECT_EQ(error.code(), "ExpiredToken");
  EXPECT_EQ(error.kind(), ErrorKind::kRefused);
}

TEST_F(StsTest, TriesAgainWhenThrottled) {
  refuse(400, "Throttling", "Rate exceeded");
  answer("GetCallerIdentity", "<Account>1</Account>");
  EXPECT_EQ(client_.get_caller_identity().account, "1");
}

TEST_F(StsTest, DoesNotTakeThePageOfAProxyForAnAnswer) {
  for (const char* page : {"<html>", "<html><body>sign in to the network</body></html>", "<DescribeStacksResponse/>"}) {
    server_.expect(200, page, {{"Content-Type", "text/html"}});
    try {
      client_.get_caller_identity();
      ADD_FAILURE() << page;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("the answer to GetCallerIdentity is not AWS's (text/html): is a proxy"),
                0u)
          << error.what();
      EXPECT_NE(error.hint().find("AWS_ENDPOINT_URL"), std::string::npos);
    }
  }
}

TEST_F(StsTest, FailsWhenTheAnswerNamesNoAccount) {
  answer("GetCallerIdentity", "");
  EXPECT_THROW(client_.get_caller_identity(), Error);
}

}  // namespace
}  // namespace wsdeep::aws

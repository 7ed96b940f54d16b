#include "aws/sqs.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using SqsTest = testing::AwsClientTest<Sqs, 2>;

constexpr const char* kQueue = "https://sqs.eu-west-1.amazonaws.com/123456789012/untold";

TEST_F(SqsTest, PutsAMessageIntoItsQueue) {
  server_.expect(200, R"({"MD5OfMessageBody":"fafb00f5732ab283681e124bf8747ed1","MessageId":"219f8380-5770-4cc2"})");
  client_.send(kQueue, R"({"a":1})");
  EXPECT_EQ(asked(), R"(SendMessage {"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/untold",)"
                     R"("MessageBody":"{\"a\":1}"})");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-Amz-Target"), "AmazonSQS.SendMessage");
  EXPECT_EQ(net::header(server_.last_request().headers, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_TRUE(is_signed_for("sqs"));
}

TEST_F(SqsTest, TriesAgainAndSaysWhatIsWrong) {
  server_.expect(500, "{}");
  server_.expect(200, "{}");
  client_.send(kQueue, "text");
  server_.expect(400,
                 R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."})");
  EXPECT_EQ(refusal_of([&] { client_.send(kQueue, "text"); }).code(), "QueueDoesNotExist");
}

}  // namespace
}  // namespace wsdeep::aws

#include "aws/logs.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using LogsTest = testing::AwsClientTest<Logs, 2>;

TEST_F(LogsTest, AsksForEventsSinceATimeAndReadsThem) {
  server_.expect(200, R"({"events":[{"eventId":"e1","logStreamName":"s","timestamp":1708326702123,)"
                      R"("ingestionTime":1,"message":"one\n"}],"searchedLogStreams":[]})");
  const LogPage page = client_.filter_log_events({"/aws/lambda/f", 1708326702000, "{ $.level = \"error\" }"}, "");
  EXPECT_EQ(asked(), R"(FilterLogEvents {"logGroupName":"/aws/lambda/f","startTime":1708326702000,)"
                     R"("filterPattern":"{ $.level = \"error\" }"})");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-Amz-Target"), "Logs_20140328.FilterLogEvents");
  EXPECT_EQ(net::header(server_.last_request().headers, "Content-Type"), "application/x-amz-json-1.1");
  EXPECT_TRUE(is_signed_for("logs"));
  EXPECT_EQ(page.next, "");
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0].id, "e1");
  EXPECT_EQ(page.events[0].group, "/aws/lambda/f");
  EXPECT_EQ(page.events[0].stream, "s");
  EXPECT_EQ(page.events[0].timestamp, 1708326702123);
  EXPECT_EQ(page.events[0].message, "one\n");
}

TEST_F(LogsTest, GoesOnWithTheNextPageEvenAfterAnEmptyOne) {
  server_.expect(200, R"({"nextToken":"t/1"})");
  const LogPage first = client_.filter_log_events({"g", 1, ""}, "");
  EXPECT_TRUE(first.events.empty());
  server_.expect(200, R"({"events":[]})");
  EXPECT_EQ(client_.filter_log_events({"g", 1, ""}, first.next).next, "");
  EXPECT_EQ(asked(), R"(FilterLogEvents {"logGroupName":"g","startTime":1,"nextToken":"t/1"})");
}

TEST_F(LogsTest, ReportsAGroupThatDoesNotExist) {
  server_.expect(400, R"({"__type":"ResourceNotFoundException","message":"The specified log group does not exist."})");
  const ServiceError error = refusal_of([this] { client_.filter_log_events({"g", 1, ""}, ""); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error.code(), "ResourceNotFoundException");
}

TEST_F(LogsTest, RefusesAnswersOfAnotherShape) {
  for (const char* answer : {"", "[]", R"({"events":7})", R"({"events":[{"message":"no time"}]})"}) {
    server_.expect(200, answer);
    EXPECT_THROW(client_.filter_log_events({"g", 1, ""}, ""), Error) << answer;
  }
}

TEST_F(LogsTest, AsksForTheStreamsOfANode) {
  server_.expect(200, "{}");
  client_.filter_log_events({"g", 1, "", "i-0a"}, "");
  EXPECT_EQ(asked(), R"(FilterLogEvents {"logGroupName":"g","startTime":1,"logStreamNamePrefix":"i-0a"})");
}

TEST_F(LogsTest, PutsEventsAndSaysWhenSomeWereLeftOut) {
  server_.expect(200, R"({"nextSequenceToken":"ignored"})");
  EXPECT_TRUE(client_.put_log_events("g", "i-1", {{1708326702000, "one \"1\""}, {1708326702001, "two"}}));
  EXPECT_EQ(asked(),
            R"(PutLogEvents {"logGroupName":"g","logStreamName":"i-1","logEvents":[)"
            R"({"timestamp":1708326702000,"message":"one \"1\""},{"timestamp":1708326702001,"message":"two"}]})");
  EXPECT_TRUE(is_signed_for("logs"));
  server_.expect(200, R"({"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1}})");
  EXPECT_FALSE(client_.put_log_events("g", "i-1", {{1, "old"}}));
}

TEST_F(LogsTest, MakesAStreamOnce) {
  server_.expect(200, "{}");
  EXPECT_TRUE(client_.create_log_stream("g", "i-1"));
  EXPECT_EQ(asked(), R"(CreateLogStream {"logGroupName":"g","logStreamName":"i-1"})");
  server_.expect(400,
                 R"({"__type":"ResourceAlreadyExistsException","message":"The specified log stream already exists"})");
  EXPECT_FALSE(client_.create_log_stream("g", "i-1"));
  server_.expect(400, R"({"__type":"ResourceNotFoundException","message":"The specified log group does not exist."})");
  EXPECT_EQ(refusal_of([this] { client_.create_log_stream("g", "i-1"); }).kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace wsdeep::aws

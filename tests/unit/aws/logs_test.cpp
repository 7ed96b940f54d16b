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

}  // namespace
}  // namespace wsdeep::aws

#include "wire/http_event.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "wire/json_fields.h"

namespace wsdeep::wire {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What Lambda's manual shows for payload 2.0, shortened.
constexpr const char* kVersion2 = R"({
  "version": "2.0", "routeKey": "GET /chats/{id}", "rawPath": "/prod/chats/a%20b",
  "rawQueryString": "limit=5&q=x%20y+z&flag",
  "cookies": ["id_token=abc", "other=1"],
  "headers": {"Content-Type": "application/json", "x-two": "a,b"},
  "requestContext": {"accountId": "123456789012", "apiId": "api1", "domainName": "api1.execute-api.eu.amazonaws.com",
    "http": {"method": "GET", "path": "/prod/chats/a b", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
    "requestId": "r-1", "stage": "prod", "timeEpoch": 1583348638390},
  "pathParameters": {"id": "a b"}, "body": "aGk=", "isBase64Encoded": true})";

TEST(HttpEvent, ReadsPayload2) {
  const HttpEvent event = parse_http_event(kVersion2);
  EXPECT_EQ(event.method, "GET");
  EXPECT_EQ(event.path, "/chats/a%20b");
  EXPECT_EQ(event.query, (Pairs{{"limit", "5"}, {"q", "x y z"}, {"flag", ""}}));
  EXPECT_EQ(event.cookies, (std::vector<std::string>{"id_token=abc", "other=1"}));
  EXPECT_EQ(header_of(event, "cookie"), "id_token=abc; other=1");
  EXPECT_EQ(header_of(event, "content-type"), "application/json");
  EXPECT_EQ(event.path_parameters.at("id"), "a b");
  EXPECT_EQ(event.body, "hi");
  EXPECT_EQ(event.request_id, "r-1");
  EXPECT_EQ(event.source_ip, "192.0.2.1");
  EXPECT_EQ(event.received_at_ms, 1583348638390);
  EXPECT_FALSE(event.version_1);
}

TEST(HttpEvent, ReadsPayload1WithAllValues) {
  const HttpEvent event = parse_http_event(R"({
    "httpMethod": "POST", "path": "/chat", "headers": {"A": "2", "Cookie": "x=1; y=2"},
    "multiValueHeaders": {"A": ["1", "2"], "Cookie": ["x=1; y=2"]},
    "queryStringParameters": {"q": "2"}, "multiValueQueryStringParameters": {"q": ["1", "2"]},
    "pathParameters": null, "body": null, "isBase64Encoded": false,
    "requestContext": {"requestId": "r", "stage": "Prod", "requestTimeEpoch": 1428582896000,
                       "identity": {"sourceIp": "192.0.2.7"}}})");
  EXPECT_TRUE(event.version_1);
  EXPECT_EQ(event.received_at_ms, 1428582896000);
  EXPECT_EQ(event.method, "POST");
  EXPECT_EQ(header_of(event, "a"), "1,2");
  EXPECT_EQ(event.query, (Pairs{{"q", "1"}, {"q", "2"}}));
  EXPECT_EQ(event.cookies, (std::vector<std::string>{"x=1", "y=2"}));
  EXPECT_EQ(event.source_ip, "192.0.2.7");
}

TEST(HttpEvent, TakesNothingForATimeThatIsNone) {
  for (const char* time : {"\"09/Apr/2015\"", "-1", "1.5", "null", "99999999999999999999"}) {
    const std::string payload = R"({"requestContext": {"requestTimeEpoch": )" + std::string(time) + "}}";
    EXPECT_EQ(parse_http_event(payload).received_at_ms, 0) << time;
  }
}

TEST(HttpEvent, ReadsTheShortTestEventOfSam) {
  const HttpEvent event = parse_http_event(R"({"body": "{\"prompt\": \"Hello, how are you?\"}",
    "headers": {"Content-Type": "application/json", "id_token": "your.test.token"}})");
  EXPECT_EQ(event.method, "");
  EXPECT_EQ(header_of(event, "id_token"), "your.test.token");
  EXPECT_EQ(event.body, R"({"prompt": "Hello, how are you?"})");
}

TEST(HttpEvent, RefusesWhatIsNone) {
  const auto fault = [](const std::string& payload) -> std::string {
    try {
      parse_http_event(payload);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
  };
  EXPECT_NE(fault("[]"), "");
  EXPECT_NE(fault("{"), "");
  EXPECT_NE(fault(R"({"body": 7})").find("body"), std::string::npos);
  EXPECT_NE(fault(R"({"headers": {"a": 7}})").find("headers.a"), std::string::npos);
  EXPECT_NE(fault(R"({"body": "!", "isBase64Encoded": true})").find("base64"), std::string::npos);
  EXPECT_NE(fault(R"({"requestContext": {"http": {}}})").find("method"), std::string::npos);
  EXPECT_NE(fault(std::string(7 << 20, ' ')), "");
  EXPECT_NE(fault(R"({"body": )" + std::string(100, '[') + std::string(100, ']') + "}"), "");
}

TEST(HttpEvent, WritesWhatItReads) {
  HttpEvent event = parse_http_event(kVersion2);
  event.stage = "$default";
  event.body = std::string("\0\xff", 2);
  const HttpEvent again = parse_http_event(
      write_http_event(event, {"GET /chats/{id}", "limit=5&q=x%20y+z&flag", "000000000000", "HTTP/1.1", 5}));
  EXPECT_EQ(again.method, event.method);
  EXPECT_EQ(again.path, event.path);
  EXPECT_EQ(again.query, event.query);
  EXPECT_EQ(again.cookies, event.cookies);
  EXPECT_EQ(again.headers, event.headers);
  EXPECT_EQ(again.path_parameters, event.path_parameters);
  EXPECT_EQ(again.body, event.body);
}

TEST(HttpAnswer, IsWrittenForTheVersionThatAsks) {
  const HttpAnswer answer{201, {{"X-A", "1"}, {"X-B", "1"}, {"X-B", "2"}}, {"s=1"}, "ok"};
  HttpEvent to;
  EXPECT_EQ(parse_json(write_http_answer(answer, to), "answer"), Json::parse(R"({"statusCode": 201,
    "headers": {"X-A": "1", "X-B": "1, 2"}, "cookies": ["s=1"], "body": "ok", "isBase64Encoded": false})"));
  to.version_1 = true;
  EXPECT_EQ(parse_json(write_http_answer(answer, to), "answer"), Json::parse(R"({"statusCode": 201,
    "headers": {"Set-Cookie": "s=1", "X-A": "1"}, "multiValueHeaders": {"X-B": ["1", "2"]},
    "body": "ok", "isBase64Encoded": false})"));
}

TEST(HttpAnswer, KeepsBytesThatAreNoText) {
  const HttpAnswer answer{200, {}, {}, std::string("\xff\0", 2)};
  EXPECT_EQ(parse_http_answer(write_http_answer(answer, {})).body, answer.body);
}

TEST(HttpAnswer, WithoutStatusIsTheBodyItself) {
  const HttpAnswer answer = parse_http_answer(R"({"hello": "you"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"hello": "you"})");
  EXPECT_EQ(parse_http_answer(R"("text")").body, "text");
  EXPECT_THROW(parse_http_answer("nope"), Error);
  EXPECT_THROW(parse_http_answer(R"({"statusCode": 9})"), Error);
}

TEST(HttpAnswer, StreamedBeginsWithItsHeadAndEightNuls) {
  const std::string prelude = write_http_prelude({200, {{"Content-Type", "text/event-stream"}}, {"a=b"}, ""});
  EXPECT_EQ(prelude,
            std::string(R"({"statusCode":200,"headers":{"Content-Type":"text/event-stream"},"cookies":["a=b"]})") +
                std::string(8, '\0'));
  const HttpAnswer head = parse_http_prelude(prelude.substr(0, prelude.size() - 8));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.cookies, std::vector<std::string>{"a=b"});
}

}  // namespace
}  // namespace wsdeep::wire

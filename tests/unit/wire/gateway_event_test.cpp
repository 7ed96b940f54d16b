#include "wire/gateway_event.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "wire/json_fields.h"

namespace wsdeep::wire {
namespace {

RequestContext context_of(EventType type, std::string route_key) {
  RequestContext context;
  context.route_key = std::move(route_key);
  context.event_type = type;
  context.request_id = "VlXqcF_PoAMEhcA=";
  context.request_time_ms = 1'708'326'702'123;
  context.stage = "prod";
  context.connected_at_ms = 1'708'326'700'000;
  context.source_ip = "203.0.113.7";
  context.domain_name = "abc123.execute-api.us-east-1.amazonaws.com";
  context.connection_id = "JC1dgf9yoAMCK-g=";
  context.api_id = "abc123";
  return context;
}

Json json_of(const auto& event) {
  return parse_json(encode(event), "event");
}

TEST(GatewayEvent, EncodesConnectWithEveryFieldOfTheContract) {
  GatewayEvent event{context_of(EventType::kConnect, "$connect"), {}, {}, ""};
  event.context.user_agent = "curl/8";
  event.context.authorizer = {{"principalId", "u-1"}, {"integrationLatency", 42.0}, {"verified", true}};
  event.headers = {{"Host", "abc123"}, {"Cookie", "a=1"}, {"Cookie", "b=2"}};
  event.query = {{"token", "x y"}};
  EXPECT_EQ(json_of(event), Json::parse(R"({
    "headers": {"Cookie": "b=2", "Host": "abc123"},
    "multiValueHeaders": {"Cookie": ["a=1", "b=2"], "Host": ["abc123"]},
    "queryStringParameters": {"token": "x y"},
    "multiValueQueryStringParameters": {"token": ["x y"]},
    "requestContext": {
      "routeKey": "$connect", "eventType": "CONNECT",
      "requestId": "VlXqcF_PoAMEhcA=", "extendedRequestId": "VlXqcF_PoAMEhcA=",
      "requestTime": "19/Feb/2024:07:11:42 +0000", "requestTimeEpoch": 1708326702123,
      "messageDirection": "IN", "stage": "prod", "connectedAt": 1708326700000,
      "identity": {"sourceIp": "203.0.113.7", "userAgent": "curl/8"},
      "domainName": "abc123.execute-api.us-east-1.amazonaws.com",
      "connectionId": "JC1dgf9yoAMCK-g=", "apiId": "abc123",
      "authorizer": {"principalId": "u-1", "integrationLatency": 42, "verified": true}
    },
    "isBase64Encoded": false})"));
}

TEST(GatewayEvent, EncodesMessageWithBodyAndWithoutHeaders) {
  GatewayEvent event{context_of(EventType::kMessage, "message"), {{"Host", "x"}}, {{"q", "1"}}, "{\"a\":1}"};
  event.context.message_id = "VlXqdfVGIAMCJxg=";
  const Json json = json_of(event);
  EXPECT_EQ(json.at("body"), "{\"a\":1}");
  EXPECT_EQ(json.at("isBase64Encoded"), false);
  EXPECT_EQ(json.at("requestContext").at("messageId"), "VlXqdfVGIAMCJxg=");
  EXPECT_EQ(json.size(), 3u) << json;
  EXPECT_FALSE(json.at("requestContext").contains("authorizer"));
  EXPECT_FALSE(json.at("requestContext").at("identity").contains("userAgent"));
}

TEST(GatewayEvent, EncodesDisconnectWithItsFourFixedHeaders) {
  GatewayEvent event{context_of(EventType::kDisconnect, "$disconnect"), {{"Cookie", "secret"}}, {}, ""};
  event.context.disconnect_status_code = 1005;
  event.context.disconnect_reason = "Client-side close frame status not set";
  const Json json = json_of(event);
  EXPECT_EQ(json.at("headers"), Json::parse(R"({"Host":"abc123.execute-api.us-east-1.amazonaws.com","x-api-key":"",
                                                "X-Forwarded-For":"","x-restapi":""})"));
  EXPECT_EQ(json.at("multiValueHeaders").at("x-restapi"), Json::parse(R"([""])"));
  EXPECT_EQ(json.at("requestContext").at("disconnectStatusCode"), 1005);
  EXPECT_EQ(json.at("requestContext").at("disconnectReason"), "Client-side close frame status not set");
  EXPECT_FALSE(json.contains("body"));
}

TEST(GatewayEvent, RoundTrips) {
  GatewayEvent connect{context_of(EventType::kConnect, "$connect"), {}, {}, ""};
  connect.context.user_agent = "ua";
  connect.context.authorizer = {{"principalId", "u-1"}, {"n", 1.5}, {"b", false}};
  connect.headers = {{"Cookie", "a=1"}, {"Cookie", "b=2"}, {"Host", "h"}};
  connect.query = {{"a", "1"}, {"a", "2"}};
  const GatewayEvent read = parse_gateway_event(encode(connect));
  EXPECT_EQ(encode(read), encode(connect));
  EXPECT_EQ(read.headers, connect.headers);
  EXPECT_EQ(read.query, connect.query);
  EXPECT_EQ(read.context.authorizer, connect.context.authorizer);

  GatewayEvent message{context_of(EventType::kMessage, "m"), {}, {}, "body\n\"x\""};
  message.context.message_id = "m-1";
  EXPECT_EQ(parse_gateway_event(encode(message)).body, message.body);
  EXPECT_EQ(encode(parse_gateway_event(encode(message))), encode(message));

  GatewayEvent disconnect{context_of(EventType::kDisconnect, "$disconnect"), {}, {}, ""};
  disconnect.context.disconnect_status_code = 1001;
  disconnect.context.disconnect_reason = "Going away";
  EXPECT_EQ(encode(parse_gateway_event(encode(disconnect))), encode(disconnect));
}

Json valid_event() {
  return json_of(GatewayEvent{context_of(EventType::kConnect, "$connect"), {{"Host", "h"}}, {}, ""});
}

std::string complaint(const Json& event) {
  try {
    parse_gateway_event(event.dump());
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(GatewayEvent, NamesTheFieldThatIsMissingOrMistyped) {
  EXPECT_EQ(complaint(valid_event()), "");
  for (const std::string name :
       {"routeKey", "eventType", "requestId", "stage", "domainName", "connectionId", "connectedAt"}) {
    Json event = valid_event();
    event["requestContext"].erase(name);
    EXPECT_EQ(complaint(event), "requestContext." + name + ": missing");
    event["requestContext"][name] = Json::array();
    EXPECT_TRUE(complaint(event).starts_with("requestContext." + name + ": expected")) << complaint(event);
  }
  for (const char* pointer : {"/headers", "/multiValueHeaders", "/multiValueHeaders/Host", "/requestContext/identity",
                              "/requestContext/identity/sourceIp", "/requestContext/authorizer", "/body",
                              "/isBase64Encoded", "/requestContext/disconnectStatusCode"}) {
    Json event = valid_event();
    event[Json::json_pointer(pointer)] = 3.5;
    if (std::string_view(pointer) == "/headers") event.erase("multiValueHeaders");
    EXPECT_NE(complaint(event), "") << pointer;
  }
  Json event = valid_event();
  event["requestContext"]["eventType"] = "OTHER";
  EXPECT_EQ(complaint(event), "requestContext.eventType: expected CONNECT, MESSAGE or DISCONNECT");
}

TEST(GatewayEvent, RefusesTimesThatNoClockHolds) {
  for (const char* name : {"connectedAt", "requestTimeEpoch"}) {
    for (const std::int64_t bad : {std::int64_t{-1}, INT64_MAX / 1'000'000 + 1, INT64_MAX}) {
      Json event = valid_event();
      event["requestContext"][name] = bad;
      EXPECT_EQ(complaint(event), std::string("requestContext.") + name + ": expected a time in milliseconds");
    }
  }
}

TEST(GatewayEvent, ReadsSingleValueHeadersWhenThereAreNoOthers) {
  Json event = valid_event();
  event["multiValueHeaders"] = nullptr;
  EXPECT_EQ(parse_gateway_event(event.dump()).headers, (Fields{{"Host", "h"}}));
}

TEST(GatewayEvent, DecodesBase64Bodies) {
  Json event = valid_event();
  event["body"] = "aGk=";
  event["isBase64Encoded"] = true;
  EXPECT_EQ(parse_gateway_event(event.dump()).body, "hi");
  event["body"] = "hi!";
  EXPECT_EQ(complaint(event), "body: isBase64Encoded is true, but it is not base64");
}

TEST(GatewayEvent, RefusesHostileDocuments) {
  EXPECT_THROW(parse_gateway_event("{\"requestContext\":" + std::string(100'000, '[')), Error);
  EXPECT_THROW(parse_gateway_event("[]"), Error);
  EXPECT_THROW(parse_gateway_event(""), Error);
}

TEST(Field, ComparesNamesWithoutCaseAndTakesTheFirst) {
  const Fields fields{{"Cookie", "a"}, {"cookie", "b"}};
  EXPECT_EQ(field(fields, "COOKIE"), "a");
  EXPECT_EQ(field(fields, "Host"), std::nullopt);
}

TEST(AuthorizerEvent, EncodesEmptyMapsAndRoundTrips) {
  AuthorizerEvent event;
  event.method_arn = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/$connect";
  event.headers = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
  event.context = context_of(EventType::kConnect, "$connect");
  const Json json = json_of(event);
  EXPECT_EQ(json.at("type"), "REQUEST");
  EXPECT_EQ(json.at("methodArn"), event.method_arn);
  for (const char* name : {"queryStringParameters", "multiValueQueryStringParameters", "stageVariables"})
    EXPECT_EQ(json.at(name), Json::object()) << name;
  EXPECT_EQ(json.at("multiValueHeaders").at("Upgrade"), Json::parse(R"(["websocket"])"));
  EXPECT_EQ(json.at("requestContext").at("eventType"), "CONNECT");

  event.query = {{"token", "t"}};
  const AuthorizerEvent read = parse_authorizer_event(encode(event));
  EXPECT_EQ(read.headers, event.headers);
  EXPECT_EQ(read.query, event.query);
  EXPECT_EQ(encode(read), encode(event));
}

TEST(AuthorizerEvent, RefusesTokenEvents) {
  EXPECT_THROW(parse_authorizer_event(R"({"type":"TOKEN","methodArn":"arn","authorizationToken":"x"})"), Error);
  EXPECT_THROW(parse_authorizer_event(R"({"type":"REQUEST"})"), Error);
}

}  // namespace
}  // namespace wsdeep::wire

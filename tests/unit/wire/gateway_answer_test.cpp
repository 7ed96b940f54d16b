#include <gtest/gtest.h>

#include "base/error.h"
#include "wire/gateway_event.h"
#include "wire/json_fields.h"

namespace wsdeep::wire {
namespace {

constexpr const char* kArn = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/$connect";

AuthorizerResult allowed() {
  AuthorizerResult result;
  result.principal_id = "u-1";
  result.allow = true;
  result.resource = kArn;
  result.context = {{"email", "a@b.c"}, {"n", 2.0}, {"b", true}};
  return result;
}

TEST(AuthorizerResult, EncodesAPolicy) {
  EXPECT_EQ(parse_json(encode(allowed()), "result"), Json::parse(R"({
    "principalId": "u-1",
    "policyDocument": {"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow",
      "Resource": "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/$connect"}]},
    "context": {"email": "a@b.c", "n": 2, "b": true}})"));
}

TEST(AuthorizerResult, RoundTrips) {
  AuthorizerResult result = allowed();
  result.allow = false;
  result.more_resources = {"arn:2"};
  const AuthorizerResult read = parse_authorizer_result(encode(result));
  EXPECT_FALSE(read.allow);
  EXPECT_EQ(read.principal_id, "u-1");
  EXPECT_EQ(read.resource, kArn);
  EXPECT_EQ(read.more_resources, result.more_resources);
  EXPECT_EQ(read.context, result.context);
}

std::string result_with(std::string_view statement) {
  return R"({"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":)" + std::string(statement) + "}}";
}

TEST(AuthorizerResult, AcceptsWhatIamPoliciesMaySay) {
  for (const char* statement : {R"([{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}])",
                                R"({"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"})",
                                R"([{"Action":["lambda:Other","execute-api:*"],"Effect":"Allow","Resource":["*"]}])",
                                R"([{"Action":"*","Effect":"Allow","Resource":"*"}])",
                                R"([{"Action":"EXECUTE-API:invoke","Effect":"Allow","Resource":"*"}])"}) {
    const AuthorizerResult result = parse_authorizer_result(result_with(statement));
    EXPECT_TRUE(result.allow) << statement;
    EXPECT_EQ(result.resource, "*");
  }
}

TEST(AuthorizerResult, RefusesWhatApiGatewayAnswersWith500) {
  for (const std::string& bad :
       {std::string("{}"), std::string("null"), std::string("\"Unauthorized\""),
        std::string(R"({"policyDocument":{}})"), std::string(R"({"principalId":"u"})"),
        std::string(R"({"principalId":7,"policyDocument":{}})"), result_with("[]"), result_with("3"),
        result_with(R"([{"Action":"execute-api:Invoke","Effect":"Maybe","Resource":"*"}])"),
        result_with(R"([{"Action":"execute-api:ManageConnections","Effect":"Allow","Resource":"*"}])"),
        result_with(R"([{"Action":[],"Effect":"Allow","Resource":"*"}])"),
        result_with(R"([{"Action":"execute-api:Invoke","Effect":"Allow"}])"),
        result_with(R"([{"Action":"execute-api:Invoke","Effect":"Allow","Resource":[]}])"),
        result_with(
            R"([{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}])")})
    EXPECT_THROW(parse_authorizer_result(bad), Error) << bad;
}

TEST(AuthorizerResult, RefusesContextValuesThatAreNoScalars) {
  for (const char* value : {"{}", "[]", "null"}) {
    Json json = parse_json(encode(allowed()), "result");
    json["context"]["x"] = Json::parse(value);
    EXPECT_THROW(parse_authorizer_result(json.dump()), Error) << value;
  }
}

TEST(ProxyResult, RoundTrips) {
  const ProxyResult result{201, {{"A", "1"}, {"Set-Cookie", "a"}, {"Set-Cookie", "b"}}, "body\n"};
  const ProxyResult read = parse_proxy_result(encode(result));
  EXPECT_EQ(read.status_code, 201);
  EXPECT_EQ(read.headers, result.headers);
  EXPECT_EQ(read.body, "body\n");
}

TEST(ProxyResult, NeedsOnlyAStatusCode) {
  EXPECT_EQ(parse_proxy_result(R"({"statusCode":200})").status_code, 200);
  EXPECT_EQ(parse_proxy_result(R"({"statusCode":200,"body":null,"headers":null})").body, "");
}

TEST(ProxyResult, TakesScalarHeadersAndBase64Bodies) {
  const ProxyResult result =
      parse_proxy_result(R"({"statusCode":200,"headers":{"N":1,"T":true},"body":"aGk=","isBase64Encoded":true})");
  EXPECT_EQ(result.headers, (Fields{{"N", "1"}, {"T", "true"}}));
  EXPECT_EQ(result.body, "hi");
}

TEST(ProxyResult, RefusesWhatIsMalformed) {
  for (const char* bad :
       {"", "null", "{}", "[]", R"({"statusCode":"200"})", R"({"statusCode":99})", R"({"statusCode":600})",
        R"({"statusCode":200.5})", R"({"statusCode":200,"body":{}})", R"({"statusCode":200,"headers":[]})",
        R"({"statusCode":200,"headers":{"a":[]}})", R"({"statusCode":200,"multiValueHeaders":{"a":"b"}})",
        R"({"statusCode":200,"body":"?","isBase64Encoded":true})"})
    EXPECT_THROW(parse_proxy_result(bad), Error) << bad;
}

}  // namespace
}  // namespace wsdeep::wire

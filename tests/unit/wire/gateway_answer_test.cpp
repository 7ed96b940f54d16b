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

TEST(AuthorizerResult, IsAnAnswer) {
  AuthorizerResult result = allowed();
  const AuthorizerAnswer read = parse_authorizer_answer(encode(result));
  EXPECT_EQ(read.principal_id, "u-1");
  EXPECT_EQ(read.context, result.context);
  EXPECT_EQ(judge(read.policy, kArn), Access::kAllowed);
  EXPECT_EQ(judge(read.policy, "arn:2"), Access::kNotAllowed);
  result.allow = false;
  EXPECT_EQ(judge(parse_authorizer_answer(encode(result)).policy, kArn), Access::kDenied);
}

std::string answer_with(std::string_view statement) {
  return R"({"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":)" + std::string(statement) + "}}";
}

TEST(AuthorizerAnswer, IsJudgedAsIamJudgesPolicies) {
  struct Case {
    const char* statement;
    Access access;
  };
  const std::string arn = kArn;
  for (const Case& c : {
           Case{R"([{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}])", Access::kAllowed},
           Case{R"({"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"})", Access::kAllowed},
           Case{R"([{"Action":["lambda:Other","execute-api:*"],"Effect":"Allow","Resource":["a","*"]}])",
                Access::kAllowed},
           Case{R"([{"Action":"EXECUTE-API:inv?ke","Effect":"Allow","Resource":"*"}])", Access::kAllowed},
           Case{R"([{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:*:*:abc123/prod/$connect"}])",
                Access::kAllowed},
           Case{R"([{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:*:abc12?/*/$connect"}])",
                Access::kAllowed},
           Case{R"([{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:*:abc123/dev/*"}])",
                Access::kNotAllowed},
           Case{R"([{"Action":"*","Effect":"Allow","Resource":"ARN:aws:execute-api:*"}])", Access::kNotAllowed},
           Case{R"([{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:*/$connect?"}])",
                Access::kNotAllowed},
           Case{R"([{"Action":"execute-api:ManageConnections","Effect":"Allow","Resource":"*"}])", Access::kNotAllowed},
           Case{R"([{"Action":"execute-api:Invoke2","Effect":"Allow","Resource":"*"}])", Access::kNotAllowed},
           Case{R"([{"Action":"*","Effect":"Allow","Resource":"*"},{"Action":"*","Effect":"Deny","Resource":"*"}])",
                Access::kDenied},
           Case{R"([{"Action":"*","Effect":"Deny","Resource":"*/$connect"},
                    {"Action":"*","Effect":"Allow","Resource":"*"}])",
                Access::kDenied},
           Case{R"([{"Action":"*","Effect":"Deny","Resource":"*/other"},
                    {"Action":"*","Effect":"Allow","Resource":"*"}])",
                Access::kAllowed},
           Case{R"([{"NotAction":"s3:*","Effect":"Allow","Resource":"*"}])", Access::kAllowed},
           Case{R"([{"NotAction":"execute-api:*","Effect":"Allow","Resource":"*"}])", Access::kNotAllowed},
           Case{R"([{"Action":"*","Effect":"Deny","NotResource":"*/$connect"},
                    {"Action":"*","Effect":"Allow","Resource":"*"}])",
                Access::kAllowed},
       })
    EXPECT_EQ(judge(parse_authorizer_answer(answer_with(c.statement)).policy, arn), c.access) << c.statement;
}

TEST(AuthorizerAnswer, MatchesPatternsToTheirEnd) {
  EXPECT_TRUE(matches_pattern("", ""));
  EXPECT_TRUE(matches_pattern("**", ""));
  EXPECT_FALSE(matches_pattern("?", ""));
  EXPECT_FALSE(matches_pattern("", "a"));
  EXPECT_TRUE(matches_pattern("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches_pattern("a*b*c", "a-b-b"));
  EXPECT_TRUE(matches_pattern("*b", "bab"));
  EXPECT_FALSE(matches_pattern(std::string(500, '*') + "x", std::string(5000, 'a')));
}

TEST(AuthorizerAnswer, RefusesWhatApiGatewayAnswersWith500) {
  for (const std::string& bad :
       {std::string("{}"), std::string("null"), std::string("\"Unauthorized\""),
        std::string(R"({"policyDocument":{}})"), std::string(R"({"principalId":"u"})"),
        std::string(R"({"principalId":7,"policyDocument":{}})"), answer_with("[]"), answer_with("3"),
        answer_with(R"([{"Action":"execute-api:Invoke","Effect":"Maybe","Resource":"*"}])"),
        answer_with(R"([{"Action":[],"Effect":"Allow","Resource":"*"}])"),
        answer_with(R"([{"Effect":"Allow","Resource":"*"}])"),
        answer_with(R"([{"Action":"execute-api:Invoke","Effect":"Allow"}])"),
        answer_with(R"([{"Action":"execute-api:Invoke","Effect":"Allow","Resource":[]}])"),
        answer_with(R"([{"Action":"*","Effect":"Allow","Resource":"*","Condition":{"Bool":{"a":"true"}}}])"),
        std::string(R"({"principalId":"u","policyDocument":{"Version":"2013-01-01","Statement":)"
                    R"({"Action":"*","Effect":"Allow","Resource":"*"}}})")})
    EXPECT_THROW(parse_authorizer_answer(bad), Error) << bad;
}

TEST(AuthorizerAnswer, RefusesContextValuesThatAreNoScalars) {
  for (const char* value : {"{}", "[]", "null"}) {
    Json json = parse_json(encode(allowed()), "result");
    json["context"]["x"] = Json::parse(value);
    EXPECT_THROW(parse_authorizer_answer(json.dump()), Error) << value;
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

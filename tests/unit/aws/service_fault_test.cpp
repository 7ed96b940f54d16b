#include "aws/service_fault.h"

#include <gtest/gtest.h>

namespace wsdeep::aws {
namespace {

const SystemTime kNow = from_epoch_ms(1'708'326'702'000);  // Mon, 19 Feb 2024 07:11:42 GMT

ServiceError error_of(int status, std::string body, net::Headers headers = {}) {
  return to_service_error({status, std::move(headers), std::move(body)}, "dynamodb", "GetItem", "eu-west-1", kNow);
}

TEST(ServiceFault, ReadsTheJsonProtocolsWithTheirNamespaces) {
  const ServiceError error = error_of(
      400, R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"No such table"})",
      {{"x-amzn-RequestId", "REQ1"}});
  EXPECT_EQ(error.code(), "ResourceNotFoundException");
  EXPECT_EQ(error.detail(), "No such table");
  EXPECT_STREQ(error.what(), "cannot GetItem at dynamodb: ResourceNotFoundException: No such table (request id REQ1)");
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error.hint(), "check the name and the region (eu-west-1)");
}

TEST(ServiceFault, ReadsTheErrorTypeHeaderFirst) {
  const ServiceError error = error_of(403, R"({"Message":"no"})",
                                      {{"x-amzn-ErrorType", "AccessDeniedException:http://internal.amazon.com/x/"}});
  EXPECT_EQ(error.code(), "AccessDeniedException");
  EXPECT_EQ(error.detail(), "no");
  EXPECT_EQ(error.kind(), ErrorKind::kRefused);
  EXPECT_NE(error.hint().find("dynamodb:GetItem"), std::string::npos);
}

TEST(ServiceFault, ReadsXml) {
  const ServiceFault fault =
      read_fault({400,
                  {},
                  "<?xml version=\"1.0\"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
                  "<Message>Stack &lt;x&gt; &amp;lt; y</Message></Error><RequestId>R-2</RequestId></ErrorResponse>"});
  EXPECT_EQ(fault.code, "ValidationError");
  EXPECT_EQ(fault.message, "Stack <x> &lt; y");
  EXPECT_EQ(fault.request_id, "R-2");
}

TEST(ServiceFault, NamesTheStatusWhenTheBodySaysNothing) {
  for (const char* body : {"", "gateway down", "{", "[]", "<html>", "{\"__type\":7}"})
    EXPECT_EQ(error_of(502, body).code(), "HTTP 502") << body;
}

TEST(ServiceFault, MapsCodesToWhatTheCallerShouldDo) {
  const std::vector<std::pair<const char*, ErrorKind>> table{{"UserNotFoundException", ErrorKind::kNotFound},
                                                             {"NoSuchBucket", ErrorKind::kNotFound},
                                                             {"AccessDenied", ErrorKind::kRefused},
                                                             {"UnrecognizedClientException", ErrorKind::kRefused},
                                                             {"InvalidSignatureException", ErrorKind::kRefused},
                                                             {"ExpiredTokenException", ErrorKind::kRefused},
                                                             {"NotAuthorizedException", ErrorKind::kRefused},
                                                             {"InvalidClientTokenId", ErrorKind::kRefused},
                                                             {"ValidationException", ErrorKind::kFailure},
                                                             {"InternalServerError", ErrorKind::kFailure},
                                                             {"ThrottlingException", ErrorKind::kFailure}};
  for (const auto& [code, kind] : table) {
    const ServiceError error = error_of(400, std::string(R"({"__type":")") + code + "\"}");
    EXPECT_EQ(error.kind(), kind) << code;
    EXPECT_TRUE(kind != ErrorKind::kRefused || !error.hint().empty()) << code;
  }
}

TEST(ServiceFault, SaysHowFarTheClockIsOff) {
  const char* body = R"({"__type":"InvalidSignatureException","message":"Signature expired: 20240219T071142Z is now"})";
  EXPECT_EQ(error_of(403, body, {{"Date", "Mon, 19 Feb 2024 06:41:42 GMT"}}).hint(),
            "this machine's clock is 30m00s fast: set this machine's clock (`timedatectl set-ntp true`) and try again");
  EXPECT_EQ(error_of(403, body, {{"Date", "Mon, 19 Feb 2024 09:11:42 GMT"}}).hint().substr(0, 34),
            "this machine's clock is 2h00m slow");
  for (const char* date : {"yesterday", "Mon, 39 Feb 2024 09:11:42 GMT", ""})
    EXPECT_EQ(error_of(403, body, {{"Date", date}}).hint().substr(0, 24), "set this machine's clock") << date;
}

TEST(ServiceFault, NeverShowsTheCanonicalRequestThatMayHoldASessionToken) {
  const ServiceError error = error_of(
      403, R"({"__type":"InvalidSignatureException","message":"It does not match.\n\nx-amz-security-token:SECRET"})");
  EXPECT_EQ(error.detail(), "It does not match.");
  EXPECT_EQ(std::string(error.what()).find("SECRET"), std::string::npos);
}

TEST(ServiceFault, CutsAndCleansTheServicesWords) {
  EXPECT_EQ(error_of(400, "{\"message\":\"a\\u001b[31mb\"}").detail(), "a[31mb");
  std::string accents;
  for (int i = 0; i < 400; ++i) accents += "\xC3\xA9";
  EXPECT_EQ(error_of(400, "{\"message\":\"x" + accents + "\"}").detail().size(), 499u);
}

TEST(Throttling, IsWhatTheSdksCallIt) {
  EXPECT_TRUE(is_throttling(error_of(400, R"({"__type":"ProvisionedThroughputExceededException"})")));
  EXPECT_TRUE(is_throttling(error_of(429, "")));
  EXPECT_FALSE(is_throttling(error_of(500, "")));
  EXPECT_TRUE(is_transient(error_of(503, "")));
  EXPECT_TRUE(is_transient(error_of(400, R"({"__type":"RequestTimeout"})")));
  EXPECT_FALSE(is_transient(error_of(501, "")));
  EXPECT_FALSE(is_transient(error_of(400, R"({"__type":"ValidationException"})")));
}

}  // namespace
}  // namespace wsdeep::aws

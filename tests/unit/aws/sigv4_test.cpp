#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"

namespace wsdeep::aws {
namespace {

const SystemTime kExampleTime = from_epoch_ms(1'440'938'160'000);  // 2015-08-30T12:36:00Z
const Credentials kExampleKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", std::nullopt};

std::string signature_in(const net::Headers& added) {
  const std::string authorization = net::header(added, "Authorization").value();
  return authorization.substr(authorization.rfind('=') + 1);
}

std::string sign_path(std::string_view path, std::string_view service) {
  return signature_in(sign("GET", "https://host.test" + std::string(path), {}, "", kExampleKey,
                           {"us-east-1", std::string(service)}, kExampleTime));
}

TEST(SigV4, SignsTheExampleOfAwssDocumentation) {
  const net::Headers added = sign("GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                                  {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}, "",
                                  kExampleKey, {"us-east-1", "iam"}, kExampleTime);
  const net::Headers expected{{"X-Amz-Date", "20150830T123600Z"},
                              {"Authorization",
                               "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                               "SignedHeaders=content-type;host;x-amz-date, "
                               "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"}};
  EXPECT_EQ(added, expected);
}

TEST(SigV4, SignsTheVanillaRequestOfAwssTestSuite) {
  const net::Headers added =
      sign("GET", "https://example.amazonaws.com/", {}, "", kExampleKey, {"us-east-1", "service"}, kExampleTime);
  EXPECT_EQ(signature_in(added), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4, SignsABodyByItsHash) {
  const net::Headers headers{{"Content-Type", "text/plain"}};
  for (const char* service : {"execute-api", "s3"})
    EXPECT_EQ(sign_hashed("POST", "https://host.test/", headers, hex(sha256("body")), kExampleKey,
                          {"us-east-1", service}, kExampleTime),
              sign("POST", "https://host.test/", headers, "body", kExampleKey, {"us-east-1", service}, kExampleTime));
}

TEST(SigV4, NormalisesThePathForAllButS3) {
  EXPECT_EQ(sign_path("/a/b/", "x"), sign_path("//a/./c/..//b/", "x"));
  EXPECT_EQ(sign_path("/", "x"), sign_path("", "x"));
  EXPECT_EQ(sign_path("/", "x"), sign_path("/a/..", "x"));
  EXPECT_NE(sign_path("/a/b", "s3"), sign_path("//a/b", "s3"));
  EXPECT_NE(sign_path("/a%3Db", "x"), sign_path("/a=b", "x"));
}

TEST(SigV4, SortsTheQueryByNameThenValue) {
  EXPECT_EQ(sign_path("/?b=1&a=2&a=1&c", "x"), sign_path("/?a=1&a=2&b=1&c=", "x"));
  EXPECT_EQ(sign_path("/?k-=1&k=2", "x"), sign_path("/?k=2&k-=1", "x"));
  EXPECT_EQ(sign_path("/#fragment", "x"), sign_path("/?", "x"));
}

TEST(SigV4, AddsTheSessionTokenAndThePayloadHashForS3) {
  Credentials temporary = kExampleKey;
  temporary.session_token = "the-token";
  const net::Headers added =
      sign("PUT", "https://b.test/key", {}, "body", temporary, {"us-east-1", "s3"}, kExampleTime);
  EXPECT_EQ(net::header(added, "X-Amz-Security-Token"), "the-token");
  EXPECT_EQ(net::header(added, "X-Amz-Content-Sha256"), hex(sha256("body")));
  EXPECT_NE(net::header(added, "Authorization")->find("host;x-amz-content-sha256;x-amz-date;x-amz-security-token"),
            std::string::npos);
}

TEST(SigV4, LeavesOutHeadersThatProxiesChange) {
  const net::Headers added = sign("GET", "https://h.test/",
                                  {{"User-Agent", "x"}, {"X-Amzn-Trace-Id", "x"}, {"Connection", "x"}, {"Expect", "x"}},
                                  "", kExampleKey, {"us-east-1", "x"}, kExampleTime);
  EXPECT_NE(net::header(added, "Authorization")->find("SignedHeaders=host;x-amz-date,"), std::string::npos);
}

TEST(SigV4, RefusesAUrlWithoutAScheme) {
  EXPECT_THROW(sign("GET", "host/path", {}, "", kExampleKey, {"r", "s"}, kExampleTime), Error);
}

}  // namespace
}  // namespace wsdeep::aws

#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"

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

TEST(HmacSha256, AgreesWithRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/// A signed DynamoDB call as a server receives it.
class VerifySignature : public ::testing::Test {
 protected:
  SigningScope scope_{"us-east-1", "dynamodb"};
  Credentials key_ = kExampleKey;
  net::Headers headers_{{"Content-Type", "application/x-amz-json-1.0"}, {"X-Amz-Target", "DynamoDB_20120810.GetItem"}};
  std::string body_ = R"({"TableName":"t"})";

  void SetUp() override { sign_with(key_); }
  void sign_with(const Credentials& key) {
    headers_.resize(2);
    for (auto& header : sign("POST", "http://127.0.0.1:8000/", headers_, body_, key, scope_, kExampleTime))
      headers_.push_back(header);
    headers_.emplace_back("Host", "127.0.0.1:8000");
    headers_.emplace_back("User-Agent", "added later");
  }
  std::string& value_of(std::string_view name) {
    for (auto& header : headers_)
      if (iequals(header.first, name)) return header.second;
    throw std::logic_error("no such header");
  }
  SignatureVerdict verdict(SystemTime now = kExampleTime) const {
    return verify_signature("POST", "/", headers_, body_, key_, scope_, now);
  }
};

TEST_F(VerifySignature, AcceptsWhatSignMadeInAnyRegionWhenNoneIsSet) {
  EXPECT_EQ(verdict(), SignatureVerdict::kValid);
  scope_.region.clear();
  EXPECT_EQ(verdict(), SignatureVerdict::kValid);
}

TEST_F(VerifySignature, FindsEveryChange) {
  const net::Headers good = headers_;
  body_ += ' ';
  EXPECT_EQ(verdict(), SignatureVerdict::kMismatch);
  body_.pop_back();
  value_of("X-Amz-Target") = "DynamoDB_20120810.PutItem";
  EXPECT_EQ(verdict(), SignatureVerdict::kMismatch);
  headers_ = good;
  value_of("Host") = "other";
  EXPECT_EQ(verdict(), SignatureVerdict::kMismatch);
  headers_ = good;
  scope_.service = "lambda";
  EXPECT_EQ(verdict(), SignatureVerdict::kMismatch);
  EXPECT_EQ(verify_signature("POST", "/?a", good, body_, key_, {"", "dynamodb"}, kExampleTime),
            SignatureVerdict::kMismatch);
  EXPECT_EQ(verify_signature("PUT", "/", good, body_, key_, {"", "dynamodb"}, kExampleTime),
            SignatureVerdict::kMismatch);
}

TEST_F(VerifySignature, WantsTheTimeWithinFifteenMinutes) {
  EXPECT_EQ(verdict(kExampleTime + std::chrono::minutes(15)), SignatureVerdict::kValid);
  EXPECT_EQ(verdict(kExampleTime + std::chrono::seconds(901)), SignatureVerdict::kExpired);
  EXPECT_EQ(verdict(kExampleTime - std::chrono::seconds(901)), SignatureVerdict::kExpired);
}

TEST_F(VerifySignature, KnowsOneKeyAndItsSessionToken) {
  sign_with({"OTHER", key_.secret_access_key, "", std::nullopt});
  EXPECT_EQ(verdict(), SignatureVerdict::kUnknownKey);
  sign_with({key_.access_key_id, "wrong secret", "", std::nullopt});
  EXPECT_EQ(verdict(), SignatureVerdict::kMismatch);
  sign_with({key_.access_key_id, key_.secret_access_key, "token", std::nullopt});
  EXPECT_EQ(verdict(), SignatureVerdict::kUnknownKey);
  key_.session_token = "token";
  EXPECT_EQ(verdict(), SignatureVerdict::kValid);
}

TEST_F(VerifySignature, TellsMissingFromMalformed) {
  const std::string good = value_of("Authorization");
  for (const char* bad : {"", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c"}) {
    value_of("Authorization") = bad;
    EXPECT_EQ(verdict(), SignatureVerdict::kMalformed) << bad;
  }
  for (const char* unsigned_one : {"host;", "x-amz-date;", ";x-amz-target"}) {
    std::string text = good;
    const std::size_t at = text.find(unsigned_one);
    ASSERT_NE(at, std::string::npos) << unsigned_one;
    value_of("Authorization") = text.erase(at, std::string_view(unsigned_one).size());
    EXPECT_EQ(verdict(), SignatureVerdict::kMalformed) << unsigned_one;
  }
  value_of("Authorization") = good;
  value_of("X-Amz-Date") = "20150831T123600Z";
  EXPECT_EQ(verdict(), SignatureVerdict::kMalformed);
  std::erase_if(headers_, [](const auto& header) { return header.first == "Authorization"; });
  EXPECT_EQ(verdict(), SignatureVerdict::kMissing);
}

TEST_F(VerifySignature, RefusesAnUnsignedAmazonHeader) {
  headers_.emplace_back("X-Amz-Later", "x");
  EXPECT_EQ(verdict(), SignatureVerdict::kMalformed);
}

TEST_F(VerifySignature, TakesAnUnsignedPayloadForS3Only) {
  for (const char* service : {"s3", "dynamodb"}) {
    scope_.service = service;
    headers_ = {{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}, {"X", "y"}};
    sign_with(key_);
    EXPECT_EQ(verdict(), service == std::string_view("s3") ? SignatureVerdict::kValid : SignatureVerdict::kMismatch);
  }
}

}  // namespace
}  // namespace wsdeep::aws

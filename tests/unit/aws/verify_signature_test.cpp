#include <gtest/gtest.h>

#include "aws/sigv4.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

const SystemTime kSignedTime = from_epoch_ms(1'440'938'160'000);  // 2015-08-30T12:36:00Z
const Credentials kSigningKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", std::nullopt};

/// A signed DynamoDB call as a server receives it.
class VerifySignature : public ::testing::Test {
 protected:
  SigningScope scope_{"us-east-1", "dynamodb"};
  Credentials key_ = kSigningKey;
  net::Headers headers_{{"Content-Type", "application/x-amz-json-1.0"}, {"X-Amz-Target", "DynamoDB_20120810.GetItem"}};
  std::string body_ = R"({"TableName":"t"})";

  void SetUp() override { sign_with(key_); }
  void sign_with(const Credentials& key) {
    headers_.resize(2);
    for (auto& header : sign("POST", "http://127.0.0.1:8000/", headers_, body_, key, scope_, kSignedTime))
      headers_.push_back(header);
    headers_.emplace_back("Host", "127.0.0.1:8000");
    headers_.emplace_back("User-Agent", "added later");
  }
  std::string& value_of(std::string_view name) {
    for (auto& header : headers_)
      if (iequals(header.first, name)) return header.second;
    throw std::logic_error("no such header");
  }
  SignatureVerdict verdict(SystemTime now = kSignedTime) const {
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
  EXPECT_EQ(verify_signature("POST", "/?a", good, body_, key_, {"", "dynamodb"}, kSignedTime),
            SignatureVerdict::kMismatch);
  EXPECT_EQ(verify_signature("PUT", "/", good, body_, key_, {"", "dynamodb"}, kSignedTime),
            SignatureVerdict::kMismatch);
}

TEST_F(VerifySignature, WantsTheTimeWithinFifteenMinutes) {
  EXPECT_EQ(verdict(kSignedTime + std::chrono::minutes(15)), SignatureVerdict::kValid);
  EXPECT_EQ(verdict(kSignedTime + std::chrono::seconds(901)), SignatureVerdict::kExpired);
  EXPECT_EQ(verdict(kSignedTime - std::chrono::seconds(901)), SignatureVerdict::kExpired);
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

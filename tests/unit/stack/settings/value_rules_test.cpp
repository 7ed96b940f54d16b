#include "stack/settings/value_rules.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

struct Case {
  const Rule& rule;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

TEST(ValueRules, TellRightFromWrong) {
  const std::string arn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
  const Case cases[] = {
      {kProjectName, {"chat", "a-1"}, {"", "Chat", "1a", "a-", "a_b", std::string(21, 'a')}},
      {kRegion, {"us-east-1", "us-gov-west-1", "xy-new-3"}, {"us-east", "useast1", "us--1", "US-EAST-1", "us-east-x"}},
      {kZone, {"us-east-1a", "us-gov-west-1c"}, {"", "a", "us-east-1", "us-east-1A", "us-east-1-bos-1a"}},
      {kStackName, {"chat-dev", "A"}, {"", "1a", "-a", "a_b", std::string(129, 'a')}},
      {kDomainName, {"a.b", "ws.example.com"}, {"", "localhost", "A.b", "a..b", "-a.b", "a.b-", "a b.c"}},
      {kCertificateArn,
       {arn},
       {"", "arn:aws:iam::1:x", arn.substr(0, 50), "arn:aws:acm:us-east-1:12:certificate/12345678"}},
      {kHostedZoneId, {"Z0123456789ABCDEFGHIJ"}, {"Z1", "example.com"}},
      {kUserPoolId, {"new", "us-east-1_AbC123"}, {"", "us-east-1", "us-east-1_", "pool_x", "us-east-1_a b"}},
      {kHostedUiPrefix, {"chat-sign-in"}, {"my-aws-chat", "cognito", "Chat", "a."}},
      {kGoogleClientId, {"1-a.apps.googleusercontent.com"}, {"1-a", "GOCSPX-x"}},
      {kCallbackUrl,
       {"https://a.b/c", "http://localhost:3000/"},
       {"http://a.b/", "https://a.b/#x", "a.b", "https://a,b/"}},
      {kSecretName, {"chat/google", "arn:aws:secretsmanager:us-east-1:1:secret:x"}, {"", "a b", "arn:aws:s3:::x"}},
      {kVpcId, {"vpc-01234567", "vpc-0123456789abcdef0"}, {"vpc-1", "subnet-01234567", "vpc-0123456G"}},
      {kSsmName, {"/network/vpc", "vpc"}, {"", "a b"}},
      {kVpcCidr,
       {"10.40.0.0/16", "172.20.0.0/20", "192.168.4.0/24"},
       {"10.40.0.1/16", "10.0.0.0/8", "10.0.0.0/28", "8.8.0.0/16", "172.32.0.0/16", "10.0.0/16", "10.0.0.0",
        "10.0.256.0/24"}},
      {kS3Url,
       {"s3://bucket/prefix/x"},
       {"s3://bucket", "s3://bucket/", "s3://bucket//", "https://bucket/x", "s3://B/x", "s3://bucket/a b"}},
      {kModelName, {"deepseek-ai/DeepSeek-R1", "deepseek-r1:8b"}, {"", "a b", "$(reboot)"}},
      {kImage, {"docker.io/vllm/vllm-openai:v1@sha256:abc"}, {"", "a b", "x;y"}},
      {kInstanceType, {"g5.xlarge", "p5en.48xlarge"}, {"g5", "g5.", "g5 .xlarge"}},
      {kCron,
       {"0 20 * * MON-FRI", "*/5 * * * *", "0 7 1,15 JAN-jun 7"},
       {"0 20 * *", "0 20 * * * *", "0 20 * * ;", "0 24 * * *", "60 1 * * *", "0 1 0 * *", "0 1 * 13 *", "0 1 * * 8",
        "0 1 ? * *", "*/0 * * * *", "cron(0 1 * * *)"}},
      {kTimeZone,
       {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+9", "US/Pacific"},
       {"", "Berlin", "CEST", "UTC+2", "Europe/", "Eurpoe/Berlin", "Europe/Ber lin", "../../etc/passwd"}},
      {kOrigin,
       {"https://a.b", "http://localhost:8080"},
       {"a.b", "https://a.b/", "https://*.b", "ftp://a.b", "https://a.b:443", "https://a.b/x"}},
      {kEmail, {"a@b.c", "ops+x@Example.com"}, {"a", "a@b", "@b.c", "a b@c.d"}},
      {kTagKey, {"team"}, {"", "aws:x", "wsdeep:x", "a\nb"}},
      {kParagraph, {"a\nb", ""}, {std::string(2001, 'a'), "a\x1b"}},
  };
  for (const Case& c : cases) {
    for (const std::string& value : c.good) EXPECT_TRUE(c.rule.holds(value)) << c.rule.expected << ": " << value;
    for (const std::string& value : c.bad) EXPECT_FALSE(c.rule.holds(value)) << c.rule.expected << ": " << value;
  }
}

TEST(MisspeltRegion, SuggestsOnlyForNamesThatNoNewRegionHas) {
  EXPECT_EQ(misspelt_region("eu-wst-1"), "eu-west-1");
  EXPECT_EQ(misspelt_region("us-east-1"), "");
  EXPECT_EQ(misspelt_region("eu-west-9"), "");
  EXPECT_EQ(misspelt_region("xy-elsewhere-1"), "");
}

TEST(ArnRegion, IsTheFourthField) {
  EXPECT_EQ(arn_region("arn:aws:acm:us-west-2:1:certificate/x"), "us-west-2");
  EXPECT_EQ(arn_region("nothing"), "");
}

}  // namespace
}  // namespace wsdeep::stack

#include "aws/secrets_manager.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using SecretValueTest = testing::AwsClientTest<SecretsManager, 2>;

TEST_F(SecretValueTest, GivesTheTextOfASecret) {
  server_.expect(200, R"({"ARN":"arn:aws:secretsmanager:us-west-2:123456789012:secret:MyTestSecret-a1b2c3",
"Name":"MyTestSecret","VersionId":"a1b2","SecretString":"{\"user\":\"diegor\"}","VersionStages":["AWSCURRENT"],
"CreatedDate":1.523477145713E9})");
  const SecretValue value = client_.value("MyTestSecret");
  EXPECT_EQ(value.text, R"({"user":"diegor"})");
  ASSERT_TRUE(value.made);
  EXPECT_EQ(iso8601_ms(*value.made), "2018-04-11T20:05:45.713Z");
  EXPECT_EQ(asked(), R"(GetSecretValue {"SecretId":"MyTestSecret","VersionStage":"AWSCURRENT"})");
}

TEST_F(SecretValueTest, GivesTheVersionOfALabel) {
  server_.expect(200, R"({"SecretString":"old","CreatedDate":-1})");
  const SecretValue value = client_.value("x", {}, "AWSPREVIOUS");
  EXPECT_EQ(value.text, "old");
  EXPECT_FALSE(value.made);
  EXPECT_EQ(asked(), R"(GetSecretValue {"SecretId":"x","VersionStage":"AWSPREVIOUS"})");
}

TEST_F(SecretValueTest, HasNoTextOfASecretOfBytes) {
  server_.expect(200, R"({"Name":"x","SecretBinary":"AAEC"})");
  EXPECT_THROW(client_.value("x"), Error);
}

TEST_F(SecretValueTest, SaysThatThereIsNoSuchSecret) {
  server_.expect(400, R"({"__type":"ResourceNotFoundException","message":"Secrets Manager can't find it."})");
  try {
    client_.value("x");
    ADD_FAILURE();
  } catch (const ServiceError& error) {
    EXPECT_EQ(error.code(), "ResourceNotFoundException");
  }
}

}  // namespace
}  // namespace wsdeep::aws

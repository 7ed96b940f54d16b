#include "aws/secrets_manager.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using SecretValueTest = testing::AwsClientTest<SecretsManager, 2>;

TEST_F(SecretValueTest, GivesTheTextOfASecret) {
  server_.expect(200, R"({"ARN":"arn:aws:secretsmanager:us-west-2:123456789012:secret:MyTestSecret-a1b2c3",
"Name":"MyTestSecret","VersionId":"a1b2","SecretString":"{\"user\":\"diegor\"}","VersionStages":["AWSCURRENT"]})");
  EXPECT_EQ(client_.value("MyTestSecret"), R"({"user":"diegor"})");
  EXPECT_EQ(asked(), R"(GetSecretValue {"SecretId":"MyTestSecret"})");
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

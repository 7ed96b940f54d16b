#include "stack/template/secret_resource.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

TEST(SecretResource, IsTheWholeArnHoweverTheSecretIsNamed) {
  const std::string arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:labs/";
  const std::string partial = "!Sub \"${Key}-??????\"";
  const std::string by_name =
      "!Sub \"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${Key}-??????\"";
  const struct {
    std::string secret, resource;
  } rows[] = {{"labs/backend", by_name},       {"labs-AbCdEf", by_name},         {arn + "backend-AbCdEf", "!Ref Key"},
              {arn + "backend", partial},      {arn + "back-end", partial},      {arn + "back-ends1234", partial},
              {arn + "back-end/key", partial}, {arn + "back-end123", "!Ref Key"}};
  for (const auto& row : rows) EXPECT_EQ(secret_resource("Key", row.secret), row.resource) << row.secret;
}

}  // namespace
}  // namespace wsdeep::stack

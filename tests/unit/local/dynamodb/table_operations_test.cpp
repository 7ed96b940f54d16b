#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/dynamodb/service.h"
#include "support/dynamodb_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using wsdeep::testing::DynamoDbFixture;

class DynamoDbTables : public DynamoDbFixture {};

TEST_F(DynamoDbTables, DescribesATableAsItWasMade) {
  make_chats();
  const json table = call("DescribeTable", {{"TableName", "chats"}})["Table"];
  EXPECT_EQ(table["TableStatus"], "ACTIVE");
  EXPECT_EQ(table["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/chats");
  EXPECT_EQ(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
  EXPECT_EQ(table["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE");
  EXPECT_EQ(table["ItemCount"], 0);
  EXPECT_EQ(fault("CreateTable", json::parse(R"({"TableName":"chats","BillingMode":"PAY_PER_REQUEST",
              "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],
              "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]})")),
            "ResourceInUseException: Table already exists: chats");
  call("DeleteTable", {{"TableName", "chats"}});
  EXPECT_EQ(fault("DescribeTable", {{"TableName", "chats"}}),
            "ResourceNotFoundException: Requested resource not found: Table: chats not found");
}

TEST_F(DynamoDbTables, RefusesTablesThatDoNotFitTogether) {
  const auto with = [](const char* patch) {
    json table = json::parse(R"({"TableName":"abc","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]})");
    table.merge_patch(json::parse(patch));
    return table;
  };
  EXPECT_THAT(fault("CreateTable", with(R"({"TableName":"a b c"})")), HasSubstr("regular expression pattern"));
  EXPECT_THAT(fault("CreateTable", with(R"({"TableName":"ab"})")), HasSubstr("at least 3 characters"));
  EXPECT_THAT(fault("CreateTable", with(R"({"KeySchema":[{"AttributeName":"b","KeyType":"HASH"}]})")),
              HasSubstr("not defined in AttributeDefinitions"));
  EXPECT_THAT(fault("CreateTable", with(R"({"KeySchema":[{"AttributeName":"a","KeyType":"RANGE"}]})")),
              HasSubstr("first KeySchemaElement is not a HASH"));
  EXPECT_THAT(fault("CreateTable", with(R"({"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},
                                             {"AttributeName":"b","AttributeType":"S"}]})")),
              HasSubstr("Some AttributeDefinitions are not used"));
  EXPECT_THAT(fault("CreateTable", with(R"({"BillingMode":"PROVISIONED"})")), HasSubstr("must both be specified"));
  EXPECT_THAT(fault("CreateTable", with(R"({"GlobalSecondaryIndexes":[]})")), HasSubstr("is empty"));
}

}  // namespace
}  // namespace wsdeep::local

#include "aws/dynamodb.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class DynamoDbTest : public testing::AwsClientTest<DynamoDb> {
 protected:
  DynamoDb& table_ = client_;

  void expect_failed_condition() {
    server_.expect(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"})");
  }
  const AttributeMap key_{{"id", AttributeValue::of("a")}};
  const Expressions once_{"attribute_not_exists(#i)", {{"#i", "id"}}, {{":v", AttributeValue::of(7)}}};
};

TEST_F(DynamoDbTest, PutsAnItemUnderACondition) {
  server_.expect(200, "{}");
  EXPECT_TRUE(table_.put({"t", {{"id", AttributeValue::of("a\"b")}}, once_}));
  EXPECT_EQ(asked(), R"(PutItem {"TableName":"t","Item":{"id":{"S":"a\"b"}},)"
                     R"-("ConditionExpression":"attribute_not_exists(#i)",)-"
                     R"("ExpressionAttributeNames":{"#i":"id"},"ExpressionAttributeValues":{":v":{"N":"7"}}})");
  expect_failed_condition();
  EXPECT_FALSE(table_.put({"t", key_, once_}));
}

TEST_F(DynamoDbTest, GetsAnItemOrNothing) {
  server_.expect(200, R"({"Item":{"id":{"S":"a"},"n":{"N":"1.5"}}})");
  const auto item = table_.get("t", key_, true);
  EXPECT_EQ(asked(), R"(GetItem {"TableName":"t","Key":{"id":{"S":"a"}},"ConsistentRead":true})");
  ASSERT_TRUE(item);
  EXPECT_EQ(wire::encode(*item), R"({"id":{"S":"a"},"n":{"N":"1.5"}})");
  server_.expect(200, "{}");
  EXPECT_EQ(table_.get("t", key_, false), std::nullopt);
  EXPECT_EQ(asked(), R"(GetItem {"TableName":"t","Key":{"id":{"S":"a"}}})");
}

TEST_F(DynamoDbTest, UpdatesAndReturnsTheNewItemWhenAsked) {
  server_.expect(200, R"({"Attributes":{"id":{"S":"a"}}})");
  EXPECT_EQ(table_.update({"t", key_, "SET #i = :v", once_, true}).item, key_);
  EXPECT_EQ(asked(), R"(UpdateItem {"TableName":"t","Key":{"id":{"S":"a"}},"UpdateExpression":"SET #i = :v",)"
                     R"-("ConditionExpression":"attribute_not_exists(#i)","ExpressionAttributeNames":{"#i":"id"},)-"
                     R"("ExpressionAttributeValues":{":v":{"N":"7"}},"ReturnValues":"ALL_NEW",)"
                     R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD"})");
  server_.expect(200, "{}");
  EXPECT_TRUE(table_.update({"t", key_, "SET a = b", {}, false}));
  expect_failed_condition();
  EXPECT_FALSE(table_.update({"t", key_, "SET a = b", once_, false}));
}

TEST_F(DynamoDbTest, ReturnsTheItemThatAnUpdateWasRefusedFor) {
  server_.expect(400, R"({"__type":"x#ConditionalCheckFailedException","Item":{"id":{"S":"a"}}})");
  const Written refused = table_.update({"t", key_, "SET a = b", once_, true});
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.item, key_);
}

TEST_F(DynamoDbTest, WritesATransactionUnderAToken) {
  server_.expect(200, "{}");
  EXPECT_TRUE(table_.transact({PutItem{"t", key_, {}}, UpdateItem{"t", key_, "SET #i = :v", once_, false}}).empty());
  const std::string body = asked();
  EXPECT_TRUE(body.starts_with(
      R"(TransactWriteItems {"TransactItems":[{"Put":{"TableName":"t","Item":{"id":{"S":"a"}},)"
      R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD"}},{"Update":{"TableName":"t","Key":{"id":{"S":"a"}},)"))
      << body;
  EXPECT_NE(body.find(R"("ClientRequestToken":")"), std::string::npos);
}

TEST_F(DynamoDbTest, SaysWhichWritesOfATransactionWereRefused) {
  server_.expect(400, R"({"__type":"x#TransactionCanceledException","message":"[None, ConditionalCheckFailed]",
      "CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Item":{"id":{"S":"a"}}}]})");
  const std::vector<Written> refused = table_.transact({PutItem{"t", key_, {}}, PutItem{"t", key_, once_}});
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_TRUE(refused[0]);
  EXPECT_FALSE(refused[1]);
  EXPECT_EQ(refused[1].item, key_);
  server_.expect(400, R"({"__type":"x#TransactionCanceledException","message":"[ValidationError]",
      "CancellationReasons":[{"Code":"ValidationError"}]})");
  EXPECT_EQ(refusal_of([&] { table_.transact({PutItem{"t", key_, {}}}); }).code(), "TransactionCanceledException");
}

using DynamoDbRetryTest = testing::AwsClientTest<DynamoDb, 2>;

TEST_F(DynamoDbRetryTest, TriesAConflictWithAnotherWriterAgainUnderTheSameToken) {
  server_.expect(400, R"({"__type":"x#TransactionCanceledException","message":"reasons [TransactionConflict]"})");
  server_.expect(200, "{}");
  EXPECT_TRUE(client_.transact({PutItem{"t", {{"id", AttributeValue::of("a")}}, {}}}).empty());
  EXPECT_EQ(server_.requests()[0].body, server_.requests()[1].body);
  server_.expect(400, R"({"__type":"x#TransactionConflictException"})");
  server_.expect(200, "{}");
  EXPECT_TRUE(client_.update({"t", {{"id", AttributeValue::of("a")}}, "SET a = b", {}, false}));
}

TEST_F(DynamoDbTest, RemovesAnItem) {
  server_.expect(200, "{}");
  EXPECT_TRUE(table_.remove("t", key_));
  EXPECT_EQ(asked(), R"(DeleteItem {"TableName":"t","Key":{"id":{"S":"a"}}})");
  expect_failed_condition();
  EXPECT_FALSE(table_.remove("t", key_, once_));
}

TEST_F(DynamoDbTest, QueriesAPage) {
  server_.expect(200, R"({"Items":[{"id":{"S":"a"}},{"id":{"S":"b"}}],"Count":2,"LastEvaluatedKey":{"id":{"S":"b"}}})");
  Query query;
  query.table = "t";
  query.index = "byUser";
  query.key_condition = "#i = :v";
  query.filter = "f = :v";
  query.projection = "id";
  query.names = {{"#i", "id"}};
  query.values = {{":v", AttributeValue::of("x")}};
  query.forward = false;
  query.limit = 2;
  query.start_key = key_;
  query.consistent = true;
  const Page page = table_.query(query);
  EXPECT_EQ(asked(),
            R"(Query {"TableName":"t","IndexName":"byUser","KeyConditionExpression":"#i = :v",)"
            R"("FilterExpression":"f = :v","ProjectionExpression":"id","ExpressionAttributeNames":{"#i":"id"},)"
            R"("ExpressionAttributeValues":{":v":{"S":"x"}},"ScanIndexForward":false,"Limit":2,)"
            R"("ExclusiveStartKey":{"id":{"S":"a"}},"ConsistentRead":true})");
  EXPECT_EQ(page.items.size(), 2u);
  EXPECT_EQ(wire::encode(page.last_key), R"({"id":{"S":"b"}})");
}

TEST_F(DynamoDbTest, PassesOtherErrorsOnAndRefusesAnswersThatAreNone) {
  server_.expect(400, R"({"__type":"x#ResourceNotFoundException","message":"Requested resource not found"})");
  EXPECT_THROW(table_.put({"t", key_, {}}), ServiceError);
  for (const char* bad : {"", "[]", R"({"Item":7})", R"({"Item":{"id":{"X":"a"}}})"}) {
    server_.expect(200, bad);
    EXPECT_THROW(table_.get("t", key_, false), Error) << bad;
  }
}

}  // namespace
}  // namespace wsdeep::aws

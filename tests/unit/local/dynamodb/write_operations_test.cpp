#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/dynamodb/service.h"
#include "support/dynamodb_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using wsdeep::testing::DynamoDbFixture;
using wsdeep::testing::request_of;

class DynamoDbWrites : public DynamoDbFixture {};

TEST_F(DynamoDbWrites, GivesEveryTypeBackInItsCanonicalForm) {
  make_chats();
  put("chats", R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"n":{"N":"1.50e2"},"b":{"B":"AQI="},"t":{"BOOL":true},
      "z":{"NULL":true},"l":{"L":[{"N":"01"},{"M":{"x":{"S":""}}}]},"ss":{"SS":["b","a"]},"ns":{"NS":["10","9.0"]},"bs":{"BS":["Ag==","AQ=="]}})");
  EXPECT_EQ(
      call("GetItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}}})"))["Item"],
      json::parse(R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"n":{"N":"150"},"b":{"B":"AQI="},"t":{"BOOL":true},
      "z":{"NULL":true},"l":{"L":[{"N":"1"},{"M":{"x":{"S":""}}}]},"ss":{"SS":["a","b"]},"ns":{"NS":["9","10"]},"bs":{"BS":["AQ==","Ag=="]}})"));
}

TEST_F(DynamoDbWrites, AnswersAMissingItemWithNothing) {
  make_chats();
  EXPECT_EQ(call("GetItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}}})")),
            json::object());
}

struct BadItem {
  const char* item;
  const char* fault;
};

class DynamoDbItems : public DynamoDbFixture, public ::testing::WithParamInterface<BadItem> {};

TEST_P(DynamoDbItems, AreRefusedInDynamoDbsWords) {
  make_chats();
  EXPECT_EQ(fault("PutItem", {{"TableName", "chats"}, {"Item", json::parse(GetParam().item)}}), GetParam().fault);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, DynamoDbItems,
    ::testing::Values(
        BadItem{R"({"chatId":{"S":"c"}})",
                "ValidationException: One or more parameter values were invalid: Missing the key itemKey in the item"},
        BadItem{
            R"({"chatId":{"N":"1"},"itemKey":{"S":"k"}})",
            "ValidationException: One or more parameter values were invalid: Type mismatch for key chatId expected: S "
            "actual: N"},
        BadItem{
            R"({"chatId":{"S":""},"itemKey":{"S":"k"}})",
            "ValidationException: One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: chatId"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"userId":{"N":"1"}})",
                "ValidationException: One or more parameter values were invalid: Type mismatch for Index Key userId "
                "Expected: S Actual: N IndexName: UserIdIndex"},
        BadItem{
            R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"userId":{"S":""}})",
            "ValidationException: One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. "
            "IndexName: UserIdIndex, IndexKey: userId"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{}})",
                "ValidationException: Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"},
        BadItem{
            R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"S":"a","N":"1"}})",
            "ValidationException: Supplied AttributeValue has more than one datatypes set, must contain exactly one "
            "of the supported datatypes"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"N":"abc"}})",
                "ValidationException: The parameter cannot be converted to a numeric value: abc"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"SS":[]}})",
                "ValidationException: One or more parameter values were invalid: An string set  may not be empty"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"SS":["a","a"]}})",
                "ValidationException: One or more parameter values were invalid: Input collection [a, a] contains "
                "duplicates."},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"NS":["1","1.0"]}})",
                "ValidationException: Input collection contains duplicates"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"NULL":false}})",
                "ValidationException: One or more parameter values were invalid: Null attribute value types must have "
                "the value of true"},
        BadItem{R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"x":{"S":5}})",
                "SerializationException: NUMBER_VALUE can not be converted to String"}));

TEST_F(DynamoDbWrites, RefusesAnItemOfMoreThan400KB) {
  make_chats();
  json item = json::parse(R"({"chatId":{"S":"c"},"itemKey":{"S":"k"}})");
  const std::size_t keys = 6 + 1 + 7 + 1, name = 1;
  item["x"]["S"] = std::string(400 * 1024 - keys - name, 'x');
  call("PutItem", {{"TableName", "chats"}, {"Item", item}});
  item["x"]["S"] = std::string(400 * 1024 - keys - name + 1, 'x');
  EXPECT_EQ(fault("PutItem", {{"TableName", "chats"}, {"Item", item}}),
            "ValidationException: Item size has exceeded the maximum allowed size");
}

TEST_F(DynamoDbWrites, RefusesKeysThatAreTooLong) {
  make_chats();
  json item = {{"chatId", {{"S", std::string(2049, 'x')}}}, {"itemKey", {{"S", "k"}}}};
  EXPECT_THAT(fault("PutItem", {{"TableName", "chats"}, {"Item", item}}), HasSubstr("maximum size limit of2048 bytes"));
  item = {{"chatId", {{"S", "c"}}}, {"itemKey", {{"S", std::string(1025, 'x')}}}};
  EXPECT_THAT(fault("PutItem", {{"TableName", "chats"}, {"Item", item}}), HasSubstr("size limit of 1024 bytes"));
}

TEST_F(DynamoDbWrites, RefusesAKeyThatIsNotTheSchemas) {
  make_chats();
  for (const char* key : {R"({"chatId":{"S":"c"}})", R"({"chatId":{"S":"c"},"itemKey":{"N":"1"}})",
                          R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"more":{"S":"x"}})"})
    EXPECT_EQ(fault("GetItem", {{"TableName", "chats"}, {"Key", json::parse(key)}}),
              "ValidationException: The provided key element does not match the schema");
}

TEST_F(DynamoDbWrites, WritesOnlyWhenTheConditionHolds) {
  make_chats();
  json request = json::parse(R"J({"TableName":"chats","Item":{"chatId":{"S":"c"},"itemKey":{"S":"k"},"v":{"N":"1"}},
                                  "ConditionExpression":"attribute_not_exists(chatId)"})J");
  EXPECT_EQ(call("PutItem", request), json::object());
  EXPECT_EQ(fault("PutItem", request), "ConditionalCheckFailedException: The conditional request failed");

  request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD";
  const net::HttpResponse response = service_->handle(request_of("PutItem", request.dump()));
  EXPECT_EQ(json::parse(response.body)["Item"]["v"]["N"], "1");
}

TEST_F(DynamoDbWrites, RefusesPlaceholdersThatNoExpressionUses) {
  make_chats();
  json request = json::parse(R"({"TableName":"chats","Item":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
                                 "ExpressionAttributeNames":{"#a":"a"}})");
  EXPECT_EQ(fault("PutItem", request),
            "ValidationException: ExpressionAttributeNames can only be specified when using expressions");
  request["ConditionExpression"] = "attribute_not_exists(b)";
  EXPECT_EQ(fault("PutItem", request),
            "ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}");
  request.erase("ConditionExpression");
  request.erase("ExpressionAttributeNames");
  request["ExpressionAttributeValues"] = {{":v", {{"N", "1"}}}};
  EXPECT_EQ(fault("PutItem", request),
            "ValidationException: ExpressionAttributeValues can only be specified when using expressions: "
            "ConditionExpression is null");
}

TEST_F(DynamoDbWrites, RefusesParametersFromBeforeExpressions) {
  make_chats();
  EXPECT_THAT(fault("PutItem", json::parse(R"({"TableName":"chats","Item":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
                                               "Expected":{"chatId":{"Exists":false}}})")),
              HasSubstr("Expected is a legacy parameter"));
}

TEST_F(DynamoDbWrites, ReturnsTheValuesThatWereAskedFor) {
  make_chats();
  put("chats",
      R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"a":{"N":"1"},"b":{"N":"9"},"m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}}})");
  json request = json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
      "UpdateExpression":"SET a = a + :n, m.x = :n","ExpressionAttributeValues":{":n":{"N":"2"}}})");
  EXPECT_EQ(call("UpdateItem", request), json::object());
  request["ReturnValues"] = "UPDATED_OLD";
  EXPECT_EQ(call("UpdateItem", request)["Attributes"], json::parse(R"({"a":{"N":"3"},"m":{"M":{"x":{"N":"2"}}}})"));
  request["ReturnValues"] = "UPDATED_NEW";
  EXPECT_EQ(call("UpdateItem", request)["Attributes"], json::parse(R"({"a":{"N":"7"},"m":{"M":{"x":{"N":"2"}}}})"));
  request["ReturnValues"] = "ALL_OLD";
  EXPECT_EQ(call("UpdateItem", request)["Attributes"]["a"]["N"], "7");
  request["ReturnValues"] = "ALL_NEW";
  EXPECT_EQ(call("UpdateItem", request)["Attributes"]["a"]["N"], "11");
  request["ReturnValues"] = "SOME";
  EXPECT_THAT(fault("UpdateItem", request), HasSubstr("Value 'SOME' at 'returnValues'"));

  const json removed = call("DeleteItem", json::parse(R"({"TableName":"chats","ReturnValues":"ALL_OLD",
      "Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}}})"));
  EXPECT_EQ(removed["Attributes"]["b"]["N"], "9");
}

TEST_F(DynamoDbWrites, MakesTheItemThatAnUpdateDoesNotFind) {
  make_chats();
  const json answer =
      call("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
      "UpdateExpression":"ADD hits :n","ExpressionAttributeValues":{":n":{"N":"2"}},"ReturnValues":"ALL_NEW"})"));
  EXPECT_EQ(answer["Attributes"], json::parse(R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"hits":{"N":"2"}})"));
}

TEST_F(DynamoDbWrites, RefusesToUpdateAKey) {
  make_chats();
  EXPECT_EQ(fault("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
                "UpdateExpression":"SET chatId = :v","ExpressionAttributeValues":{":v":{"S":"x"}}})")),
            "ValidationException: One or more parameter values were invalid: Cannot update attribute chatId. This "
            "attribute is part of the key");
}

TEST_F(DynamoDbWrites, ReadsAndWritesBatches) {
  make_numbers();
  call("BatchWriteItem", json::parse(R"({"RequestItems":{"numbers":[
      {"PutRequest":{"Item":{"h":{"S":"a"},"n":{"N":"1"}}}},{"PutRequest":{"Item":{"h":{"S":"a"},"n":{"N":"2"}}}}]}})"));
  call("BatchWriteItem",
       json::parse(R"({"RequestItems":{"numbers":[{"DeleteRequest":{"Key":{"h":{"S":"a"},"n":{"N":"1"}}}}]}})"));
  const json answer = call("BatchGetItem", json::parse(R"({"RequestItems":{"numbers":{"Keys":[
      {"h":{"S":"a"},"n":{"N":"1"}},{"h":{"S":"a"},"n":{"N":"2"}}]}}})"));
  EXPECT_EQ(answer, json::parse(R"({"Responses":{"numbers":[{"h":{"S":"a"},"n":{"N":"2"}}]},"UnprocessedKeys":{}})"));
  EXPECT_EQ(fault("BatchWriteItem", json::parse(R"({"RequestItems":{"numbers":[
                {"PutRequest":{"Item":{"h":{"S":"a"},"n":{"N":"1"}}}},{"DeleteRequest":{"Key":{"h":{"S":"a"},"n":{"N":"1.0"}}}}]}})")),
            "ValidationException: Provided list of item keys contains duplicates");
}

TEST_F(DynamoDbWrites, WritesATransactionWholeOrNotAtAll) {
  make_numbers();
  put("numbers", R"({"h":{"S":"a"},"n":{"N":"1"},"v":{"N":"1"}})");
  json request = json::parse(R"({"TransactItems":[
      {"Put":{"TableName":"numbers","Item":{"h":{"S":"a"},"n":{"N":"2"}}}},
      {"ConditionCheck":{"TableName":"numbers","Key":{"h":{"S":"a"},"n":{"N":"1"}},"ConditionExpression":"v = :v",
        "ExpressionAttributeValues":{":v":{"N":"7"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}]})");
  const net::HttpResponse response = service_->handle(request_of("TransactWriteItems", request.dump()));
  EXPECT_EQ(json::parse(response.body), json::parse(R"({
      "__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      "CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed",
        "Item":{"h":{"S":"a"},"n":{"N":"1"},"v":{"N":"1"}}}],
      "message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"})"));
  EXPECT_EQ(call("Scan", {{"TableName", "numbers"}})["Count"], 1);

  request["TransactItems"][1]["ConditionCheck"]["ExpressionAttributeValues"][":v"]["N"] = "1";
  call("TransactWriteItems", request);
  EXPECT_EQ(call("Scan", {{"TableName", "numbers"}})["Count"], 2);
}

TEST_F(DynamoDbWrites, KnowsATransactionAgainByItsTokenForTenMinutes) {
  make_numbers();
  json request = json::parse(R"-({"ClientRequestToken":"t-1","TransactItems":[{"Put":{"TableName":"numbers",
      "Item":{"h":{"S":"a"},"n":{"N":"2"}},"ConditionExpression":"attribute_not_exists(h)"}}]})-");
  call("TransactWriteItems", request);
  call("TransactWriteItems", request);
  json other = request;
  other["TransactItems"][0]["Put"]["Item"]["n"]["N"] = "3";
  EXPECT_TRUE(fault("TransactWriteItems", other).starts_with("IdempotentParameterMismatchException: "));
  clock_.advance(std::chrono::minutes(10));
  EXPECT_TRUE(fault("TransactWriteItems", request).starts_with("TransactionCanceledException: ")) << "forgotten";
  other["ClientRequestToken"] = std::string(37, 't');
  EXPECT_TRUE(fault("TransactWriteItems", other).starts_with("ValidationException: "));
}

TEST_F(DynamoDbWrites, RemembersNoTokenOfATransactionThatWasRefused) {
  make_numbers();
  const json request = json::parse(R"-({"ClientRequestToken":"t-1","TransactItems":[{"Put":{"TableName":"numbers",
      "Item":{"h":{"S":"a"},"n":{"N":"2"}},"ConditionExpression":"attribute_exists(h)"}}]})-");
  EXPECT_TRUE(fault("TransactWriteItems", request).starts_with("TransactionCanceledException: "));
  put("numbers", R"({"h":{"S":"a"},"n":{"N":"2"}})");
  call("TransactWriteItems", request);
}

}  // namespace
}  // namespace wsdeep::local

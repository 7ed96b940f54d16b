#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/dynamodb/service.h"
#include "support/dynamodb_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wsdeep::testing::chats_in;
using wsdeep::testing::DynamoDbFixture;
using wsdeep::testing::index_query;

class DynamoDbPages : public DynamoDbFixture {};

TEST_F(DynamoDbPages, OrdersNumericSortKeysAsNumbers) {
  make_numbers();
  for (const char* n : {"10", "9", "-1", "0.5", "100", "-20", "0"})
    call("PutItem", {{"TableName", "numbers"}, {"Item", {{"h", {{"S", "a"}}}, {"n", {{"N", n}}}}}});
  put("numbers", R"({"h":{"S":"b"},"n":{"N":"5"}})");

  const json none = json::object();
  EXPECT_THAT(numbers_where("", none), ElementsAre("-20", "-1", "0", "0.5", "9", "10", "100"));
  EXPECT_THAT(numbers_where("", none, false), ElementsAre("100", "10", "9", "0.5", "0", "-1", "-20"));
  const json five = {{":n", {{"N", "9"}}}};
  EXPECT_THAT(numbers_where(" AND n = :n", five), ElementsAre("9"));
  EXPECT_THAT(numbers_where(" AND n < :n", five), ElementsAre("-20", "-1", "0", "0.5"));
  EXPECT_THAT(numbers_where(" AND n <= :n", five), ElementsAre("-20", "-1", "0", "0.5", "9"));
  EXPECT_THAT(numbers_where(" AND n > :n", five), ElementsAre("10", "100"));
  EXPECT_THAT(numbers_where(" AND :n <= n", five), ElementsAre("9", "10", "100"));
  EXPECT_THAT(numbers_where(" AND n BETWEEN :low AND :n", {{":n", {{"N", "9"}}}, {":low", {{"N", "-1"}}}}, false),
              ElementsAre("9", "0.5", "0", "-1"));
}

TEST_F(DynamoDbPages, FindsSortKeysByTheirBeginning) {
  make_chats();
  for (const char* key : {"meta", "msg#1", "msg#2", "msg$", "msg", "mt"})
    call("PutItem", {{"TableName", "chats"}, {"Item", {{"chatId", {{"S", "c"}}}, {"itemKey", {{"S", key}}}}}});
  const json answer = call("Query", json::parse(R"J({"TableName":"chats",
      "KeyConditionExpression":"#c = :c AND begins_with(itemKey, :p)","ProjectionExpression":"itemKey",
      "ExpressionAttributeNames":{"#c":"chatId"},"ExpressionAttributeValues":{":c":{"S":"c"},":p":{"S":"msg#"}}})J"));
  EXPECT_EQ(answer["Items"], json::parse(R"([{"itemKey":{"S":"msg#1"}},{"itemKey":{"S":"msg#2"}}])"));
  EXPECT_EQ(answer["Count"], 2);
}

TEST_F(DynamoDbPages, CutsPagesAndContinuesThem) {
  make_numbers();
  for (int n = 0; n < 10; ++n)
    call("PutItem", {{"TableName", "numbers"}, {"Item", {{"h", {{"S", "a"}}}, {"n", {{"N", std::to_string(n)}}}}}});
  for (const bool forward : {true, false}) {
    json request = json::parse(R"({"TableName":"numbers","KeyConditionExpression":"h = :h","Limit":4,
                                   "ExpressionAttributeValues":{":h":{"S":"a"}}})");
    request["ScanIndexForward"] = forward;
    std::string seen;
    int pages = 0;
    for (;; ++pages) {
      const json page = call("Query", request);
      for (const json& item : page["Items"]) seen += item["n"]["N"];
      if (!page.contains("LastEvaluatedKey")) break;
      request["ExclusiveStartKey"] = page["LastEvaluatedKey"];
    }
    EXPECT_EQ(seen, forward ? "0123456789" : "9876543210");
    EXPECT_EQ(pages, 2);
  }
}

TEST_F(DynamoDbPages, LimitsWhatIsEvaluatedNotWhatPassesTheFilter) {
  make_numbers();
  for (int n = 0; n < 6; ++n)
    call("PutItem",
         {{"TableName", "numbers"},
          {"Item", {{"h", {{"S", "a"}}}, {"n", {{"N", std::to_string(n)}}}, {"odd", {{"BOOL", n % 2 == 1}}}}}});
  const json page = call("Query", json::parse(R"({"TableName":"numbers","KeyConditionExpression":"h = :h","Limit":3,
      "FilterExpression":"odd = :t","ExpressionAttributeValues":{":h":{"S":"a"},":t":{"BOOL":true}}})"));
  EXPECT_EQ(page["Count"], 1);
  EXPECT_EQ(page["ScannedCount"], 3);
  EXPECT_EQ(page["LastEvaluatedKey"]["n"]["N"], "2");
}

TEST_F(DynamoDbPages, EndsAPageAtOneMegabyte) {
  make_numbers();
  const std::string text(300 * 1024, 'x');
  for (int n = 0; n < 5; ++n)
    call("PutItem", {{"TableName", "numbers"},
                     {"Item", {{"h", {{"S", "a"}}}, {"n", {{"N", std::to_string(n)}}}, {"t", {{"S", text}}}}}});
  const json page = call("Scan", json::parse(R"({"TableName":"numbers","Select":"COUNT"})"));
  EXPECT_EQ(page["Count"], 3);
  EXPECT_EQ(page["LastEvaluatedKey"]["n"]["N"], "2");
  EXPECT_FALSE(page.contains("Items"));
}

TEST_F(DynamoDbPages, KeepsAnIndexInStepWithItsTable) {
  make_chats();
  put("chats", R"({"chatId":{"S":"x"},"itemKey":{"S":"meta"},"userId":{"S":"u"},"updatedAt":{"N":"20"}})");
  put("chats", R"({"chatId":{"S":"y"},"itemKey":{"S":"meta"},"userId":{"S":"u"},"updatedAt":{"N":"3"}})");
  put("chats", R"({"chatId":{"S":"y"},"itemKey":{"S":"msg#1"}})");
  EXPECT_EQ(chats_in(call("Query", index_query("u"))), "yx");

  call("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"x"},"itemKey":{"S":"meta"}},
      "UpdateExpression":"SET updatedAt = :n","ExpressionAttributeValues":{":n":{"N":"1"}}})"));
  EXPECT_EQ(chats_in(call("Query", index_query("u"))), "xy");

  call("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"x"},"itemKey":{"S":"meta"}},
      "UpdateExpression":"REMOVE userId"})"));
  EXPECT_EQ(chats_in(call("Query", index_query("u"))), "y");
  call("DeleteItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"y"},"itemKey":{"S":"meta"}}})"));
  EXPECT_EQ(chats_in(call("Query", index_query("u"))), "");
  EXPECT_EQ(
      fault("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"x"},"itemKey":{"S":"meta"}},
                "UpdateExpression":"SET userId = :n","ExpressionAttributeValues":{":n":{"N":"1"}}})")),
      "ValidationException: One or more parameter values were invalid: Type mismatch for Index Key userId Expected: "
      "S Actual: N IndexName: UserIdIndex");
}

TEST_F(DynamoDbPages, CutsPagesOfAnIndexWithEqualKeys) {
  make_chats();
  for (const char* chat : {"a", "b", "c", "d", "e"})
    call("PutItem", {{"TableName", "chats"},
                     {"Item",
                      {{"chatId", {{"S", chat}}},
                       {"itemKey", {{"S", "meta"}}},
                       {"userId", {{"S", "u"}}},
                       {"updatedAt", {{"N", chat[0] < 'd' ? "1" : "2"}}}}}});
  for (const bool forward : {true, false}) {
    json request = index_query("u");
    request["Limit"] = 2;
    request["ScanIndexForward"] = forward;
    std::string seen;
    for (;;) {
      const json page = call("Query", request);
      seen += chats_in(page);
      if (!page.contains("LastEvaluatedKey")) break;
      EXPECT_EQ(page["LastEvaluatedKey"].size(), 4u);
      request["ExclusiveStartKey"] = page["LastEvaluatedKey"];
    }
    EXPECT_EQ(seen, forward ? "abcde" : "edcba");
  }
  json scan = {{"TableName", "chats"}, {"IndexName", "UserIdIndex"}, {"Limit", 3}};
  const json first = call("Scan", scan);
  scan["ExclusiveStartKey"] = first["LastEvaluatedKey"];
  EXPECT_EQ(chats_in(first) + chats_in(call("Scan", scan)), "abcde");
}

TEST_F(DynamoDbPages, ShowsOnlyTheProjectedAttributesOfAnIndex) {
  call("CreateTable", json::parse(R"({"TableName":"users","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"mail","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
      "GlobalSecondaryIndexes":[{"IndexName":"mails","KeySchema":[{"AttributeName":"mail","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["name"]}}]})"));
  put("users", R"({"id":{"S":"1"},"mail":{"S":"m"},"name":{"S":"n"},"secret":{"S":"s"}})");
  const json answer = call("Query", json::parse(R"({"TableName":"users","IndexName":"mails",
      "KeyConditionExpression":"mail = :m","ExpressionAttributeValues":{":m":{"S":"m"}}})"));
  EXPECT_EQ(answer["Items"], json::parse(R"([{"id":{"S":"1"},"mail":{"S":"m"},"name":{"S":"n"}}])"));
}

TEST_F(DynamoDbPages, FetchesTheWholeItemThroughALocalIndexWhenAsked) {
  call("CreateTable", json::parse(R"({"TableName":"notes","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"},
                              {"AttributeName":"at","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}],
      "LocalSecondaryIndexes":[{"IndexName":"byTime","Projection":{"ProjectionType":"KEYS_ONLY"},
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"at","KeyType":"RANGE"}]}]})"));
  put("notes", R"({"id":{"S":"1"},"n":{"N":"1"},"at":{"N":"7"},"text":{"S":"t"}})");
  json request = json::parse(R"({"TableName":"notes","IndexName":"byTime","ConsistentRead":true,
      "KeyConditionExpression":"id = :i","ExpressionAttributeValues":{":i":{"S":"1"}}})");
  EXPECT_FALSE(call("Query", request)["Items"][0].contains("text"));
  request["Select"] = "ALL_ATTRIBUTES";
  EXPECT_EQ(call("Query", request)["Items"][0]["text"]["S"], "t");
}

struct BadQuery {
  const char* condition;
  const char* fault;
};

class DynamoDbKeyConditions : public DynamoDbFixture, public ::testing::WithParamInterface<BadQuery> {};

TEST_P(DynamoDbKeyConditions, AreRefusedInDynamoDbsWords) {
  make_chats();
  json values = json::object();
  for (const char* name : {":c", ":k", ":n"})
    if (std::string(GetParam().condition).find(name) != std::string::npos)
      values[name] = std::string(name) == ":n" ? json{{"N", "1"}} : json{{"S", "x"}};
  EXPECT_EQ(fault("Query", {{"TableName", "chats"},
                            {"KeyConditionExpression", GetParam().condition},
                            {"ExpressionAttributeValues", values}}),
            std::string("ValidationException: ") + GetParam().fault);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, DynamoDbKeyConditions,
    ::testing::Values(
        BadQuery{"itemKey = :k", "Query condition missed key schema element: chatId"},
        BadQuery{"chatId = :c AND another = :k", "Query condition missed key schema element: itemKey"},
        BadQuery{"chatId > :c", "Query key condition not supported"},
        BadQuery{"chatId = :c OR itemKey = :k", "Invalid operator used in KeyConditionExpression: OR"},
        BadQuery{"chatId = :c AND itemKey <> :k", "Invalid operator used in KeyConditionExpression: <>"},
        BadQuery{"chatId = :c AND contains(itemKey, :k)", "Invalid operator used in KeyConditionExpression: contains"},
        BadQuery{"chatId = :c AND chatId = :k", "KeyConditionExpressions must only contain one condition per key"},
        BadQuery{"chatId = :c AND itemKey = :n",
                 "One or more parameter values were invalid: Condition parameter type does not match schema type"},
        BadQuery{"chatId = :c AND itemKey > :k AND itemKey < :k", "Conditions can be of length 1 or 2 only"},
        BadQuery{"chatId = :c AND size(itemKey) > :n", "Query key condition not supported"},
        BadQuery{"((chatId = :c))", "Invalid KeyConditionExpression: The expression has redundant parentheses;"}));

TEST_F(DynamoDbPages, RefusesAFilterOnAKeyInAQuery) {
  make_chats();
  EXPECT_EQ(
      fault("Query", json::parse(R"({"TableName":"chats","KeyConditionExpression":"chatId = :c",
                "FilterExpression":"itemKey = :c","ExpressionAttributeValues":{":c":{"S":"c"}}})")),
      "ValidationException: Filter Expression can only contain non-primary key attributes: Primary key attribute: "
      "itemKey");
}

TEST_F(DynamoDbPages, RefusesAStartKeyThatIsNotInTheQuery) {
  make_chats();
  json request = json::parse(R"({"TableName":"chats","KeyConditionExpression":"chatId = :c",
      "ExpressionAttributeValues":{":c":{"S":"c"}},"ExclusiveStartKey":{"chatId":{"S":"other"},"itemKey":{"S":"k"}}})");
  EXPECT_EQ(fault("Query", request),
            "ValidationException: The provided starting key is outside query boundaries based on provided conditions");
  request["ExclusiveStartKey"] = json::parse(R"({"chatId":{"S":"c"}})");
  EXPECT_THAT(fault("Query", request), HasSubstr("The provided starting key is invalid"));
}

TEST_F(DynamoDbPages, NamesAMissingTableAndIndex) {
  make_chats();
  json request = index_query("u");
  request["IndexName"] = "Nope";
  EXPECT_EQ(fault("Query", request), "ValidationException: The table does not have the specified index: Nope");
  request["TableName"] = "nothing";
  EXPECT_EQ(fault("Query", request), "ResourceNotFoundException: Requested resource not found");
  request = index_query("u");
  request["ConsistentRead"] = true;
  EXPECT_EQ(fault("Query", request),
            "ValidationException: Consistent reads are not supported on global secondary indexes");
}

TEST_F(DynamoDbPages, DividesAScanIntoSegments) {
  make_numbers();
  for (int n = 0; n < 40; ++n)
    call("PutItem",
         {{"TableName", "numbers"}, {"Item", {{"h", {{"S", "h" + std::to_string(n)}}}, {"n", {{"N", "1"}}}}}});
  int total = 0;
  for (int segment = 0; segment < 3; ++segment) {
    const json page = call("Scan", {{"TableName", "numbers"}, {"Segment", segment}, {"TotalSegments", 3}});
    EXPECT_GT(page["Count"], 0);
    total += page["Count"].get<int>();
  }
  EXPECT_EQ(total, 40);
}

}  // namespace
}  // namespace wsdeep::local

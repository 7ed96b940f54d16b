#include "local/dynamodb_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "base/text.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wsdeep::testing::ManualClock;
using wsdeep::testing::TemporaryFolder;

net::HttpRequest request_of(const std::string& operation, std::string body) {
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"X-Amz-Target", "DynamoDB_20120810." + operation}};
  request.body = std::move(body);
  return request;
}

class DynamoDb : public ::testing::Test {
 protected:
  DynamoDb() { reopen(); }

  void reopen() {
    service_.reset();
    database_.reset();
    database_ = std::make_unique<Database>(folder_.path() / "local.db");
    service_ = std::make_unique<DynamoDbService>(*database_, clock_);
  }

  json call(const std::string& operation, const json& body) {
    const net::HttpResponse response = service_->handle(request_of(operation, body.dump()));
    EXPECT_EQ(response.status, 200) << operation << " " << response.body;
    return json::parse(response.body);
  }

  /// `Type: message` of the refusal.
  std::string fault(const std::string& operation, const json& body) { return fault_of_text(operation, body.dump()); }
  std::string fault_of_text(const std::string& operation, const std::string& body) {
    const net::HttpResponse response = service_->handle(request_of(operation, body));
    EXPECT_EQ(response.status, 400) << operation << " " << response.body;
    const json error = json::parse(response.body);
    const std::string type = error["__type"];
    return type.substr(type.find('#') + 1) + ": " + error["message"].get<std::string>();
  }

  /// Chats as the handlers keep them: chatId + itemKey, and an index on userId + updatedAt.
  void make_chats() {
    call("CreateTable", json::parse(R"({
      "TableName":"chats","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"chatId","AttributeType":"S"},{"AttributeName":"itemKey","AttributeType":"S"},
                              {"AttributeName":"userId","AttributeType":"S"},{"AttributeName":"updatedAt","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"chatId","KeyType":"HASH"},{"AttributeName":"itemKey","KeyType":"RANGE"}],
      "GlobalSecondaryIndexes":[{"IndexName":"UserIdIndex","Projection":{"ProjectionType":"ALL"},
        "KeySchema":[{"AttributeName":"userId","KeyType":"HASH"},{"AttributeName":"updatedAt","KeyType":"RANGE"}]}]})"));
  }
  void make_numbers() {
    call("CreateTable", json::parse(R"({
      "TableName":"numbers","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"h","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"h","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}]})"));
  }
  void put(const std::string& table, const char* item) {
    call("PutItem", {{"TableName", table}, {"Item", json::parse(item)}});
  }

  std::vector<std::string> numbers_where(const std::string& condition, json values, bool forward = true) {
    values[":h"] = {{"S", "a"}};
    const json answer = call("Query", {{"TableName", "numbers"},
                                       {"KeyConditionExpression", "h = :h" + condition},
                                       {"ExpressionAttributeValues", values},
                                       {"ScanIndexForward", forward}});
    std::vector<std::string> found;
    for (const json& item : answer["Items"]) found.push_back(item["n"]["N"]);
    return found;
  }

  ManualClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<DynamoDbService> service_;
};

TEST_F(DynamoDb, SignsItsAnswersWithACrcAndARequestId) {
  const net::HttpResponse response = service_->handle(request_of("ListTables", "{}"));
  EXPECT_EQ(response.body, R"({"TableNames":[]})");
  boost::crc_32_type crc;
  crc.process_bytes(response.body.data(), response.body.size());
  EXPECT_EQ(net::header(response.headers, "x-amz-crc32"), std::to_string(crc.checksum()));
  EXPECT_EQ(net::header(response.headers, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(net::header(response.headers, "x-amzn-RequestId")->size(), 52u);
}

TEST_F(DynamoDb, RefusesUnknownOperationsAndBodiesThatAreNotJson) {
  EXPECT_EQ(fault("CreateBackup", json::object()), "UnknownOperationException: ");
  EXPECT_THAT(fault_of_text("PutItem", "{"), HasSubstr("SerializationException: "));
  EXPECT_THAT(fault_of_text("PutItem", "[1]"), HasSubstr("SerializationException: "));
  EXPECT_THAT(fault_of_text("PutItem", "\xFF"), HasSubstr("SerializationException: "));
  EXPECT_THAT(fault_of_text("PutItem", std::string(1 << 20, '[')), HasSubstr("SerializationException: "));
  EXPECT_EQ(fault_of_text("PutItem", R"({"TableName":5})"),
            "SerializationException: NUMBER_VALUE can not be converted to String");
  EXPECT_EQ(fault_of_text("PutItem", "{}"),
            "ValidationException: 1 validation error detected: Value null at 'tableName' failed to satisfy constraint: "
            "Member must not be null");
}

TEST_F(DynamoDb, DescribesATableAsItWasMade) {
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

TEST_F(DynamoDb, RefusesTablesThatDoNotFitTogether) {
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

TEST_F(DynamoDb, KeepsTablesAndItemsAcrossRestarts) {
  make_chats();
  put("chats", R"({"chatId":{"S":"c"},"itemKey":{"S":"meta"},"title":{"S":"Grüße"}})");
  reopen();
  const json answer =
      call("GetItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"meta"}}})"));
  EXPECT_EQ(answer["Item"]["title"]["S"], "Grüße");
}

TEST_F(DynamoDb, GivesEveryTypeBackInItsCanonicalForm) {
  make_chats();
  put("chats", R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"n":{"N":"1.50e2"},"b":{"B":"AQI="},"t":{"BOOL":true},
      "z":{"NULL":true},"l":{"L":[{"N":"01"},{"M":{"x":{"S":""}}}]},"ss":{"SS":["b","a"]},"ns":{"NS":["10","9.0"]},"bs":{"BS":["Ag==","AQ=="]}})");
  EXPECT_EQ(
      call("GetItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}}})"))["Item"],
      json::parse(R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"n":{"N":"150"},"b":{"B":"AQI="},"t":{"BOOL":true},
      "z":{"NULL":true},"l":{"L":[{"N":"1"},{"M":{"x":{"S":""}}}]},"ss":{"SS":["a","b"]},"ns":{"NS":["9","10"]},"bs":{"BS":["AQ==","Ag=="]}})"));
}

TEST_F(DynamoDb, AnswersAMissingItemWithNothing) {
  make_chats();
  EXPECT_EQ(call("GetItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}}})")),
            json::object());
}

struct BadItem {
  const char* item;
  const char* fault;
};

class DynamoDbItems : public DynamoDb, public ::testing::WithParamInterface<BadItem> {};

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

TEST_F(DynamoDb, RefusesAnItemOfMoreThan400KB) {
  make_chats();
  json item = json::parse(R"({"chatId":{"S":"c"},"itemKey":{"S":"k"}})");
  const std::size_t keys = 6 + 1 + 7 + 1, name = 1;
  item["x"]["S"] = std::string(400 * 1024 - keys - name, 'x');
  call("PutItem", {{"TableName", "chats"}, {"Item", item}});
  item["x"]["S"] = std::string(400 * 1024 - keys - name + 1, 'x');
  EXPECT_EQ(fault("PutItem", {{"TableName", "chats"}, {"Item", item}}),
            "ValidationException: Item size has exceeded the maximum allowed size");
}

TEST_F(DynamoDb, RefusesKeysThatAreTooLong) {
  make_chats();
  json item = {{"chatId", {{"S", std::string(2049, 'x')}}}, {"itemKey", {{"S", "k"}}}};
  EXPECT_THAT(fault("PutItem", {{"TableName", "chats"}, {"Item", item}}), HasSubstr("maximum size limit of2048 bytes"));
  item = {{"chatId", {{"S", "c"}}}, {"itemKey", {{"S", std::string(1025, 'x')}}}};
  EXPECT_THAT(fault("PutItem", {{"TableName", "chats"}, {"Item", item}}), HasSubstr("size limit of 1024 bytes"));
}

TEST_F(DynamoDb, RefusesAKeyThatIsNotTheSchemas) {
  make_chats();
  for (const char* key : {R"({"chatId":{"S":"c"}})", R"({"chatId":{"S":"c"},"itemKey":{"N":"1"}})",
                          R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"more":{"S":"x"}})"})
    EXPECT_EQ(fault("GetItem", {{"TableName", "chats"}, {"Key", json::parse(key)}}),
              "ValidationException: The provided key element does not match the schema");
}

TEST_F(DynamoDb, WritesOnlyWhenTheConditionHolds) {
  make_chats();
  json request = json::parse(R"J({"TableName":"chats","Item":{"chatId":{"S":"c"},"itemKey":{"S":"k"},"v":{"N":"1"}},
                                  "ConditionExpression":"attribute_not_exists(chatId)"})J");
  EXPECT_EQ(call("PutItem", request), json::object());
  EXPECT_EQ(fault("PutItem", request), "ConditionalCheckFailedException: The conditional request failed");

  request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD";
  const net::HttpResponse response = service_->handle(request_of("PutItem", request.dump()));
  EXPECT_EQ(json::parse(response.body)["Item"]["v"]["N"], "1");
}

TEST_F(DynamoDb, RefusesPlaceholdersThatNoExpressionUses) {
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

TEST_F(DynamoDb, RefusesParametersFromBeforeExpressions) {
  make_chats();
  EXPECT_THAT(fault("PutItem", json::parse(R"({"TableName":"chats","Item":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
                                               "Expected":{"chatId":{"Exists":false}}})")),
              HasSubstr("Expected is a legacy parameter"));
}

TEST_F(DynamoDb, ReturnsTheValuesThatWereAskedFor) {
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

TEST_F(DynamoDb, MakesTheItemThatAnUpdateDoesNotFind) {
  make_chats();
  const json answer =
      call("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
      "UpdateExpression":"ADD hits :n","ExpressionAttributeValues":{":n":{"N":"2"}},"ReturnValues":"ALL_NEW"})"));
  EXPECT_EQ(answer["Attributes"], json::parse(R"({"chatId":{"S":"c"},"itemKey":{"S":"k"},"hits":{"N":"2"}})"));
}

TEST_F(DynamoDb, RefusesToUpdateAKey) {
  make_chats();
  EXPECT_EQ(fault("UpdateItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"k"}},
                "UpdateExpression":"SET chatId = :v","ExpressionAttributeValues":{":v":{"S":"x"}}})")),
            "ValidationException: One or more parameter values were invalid: Cannot update attribute chatId. This "
            "attribute is part of the key");
}

TEST_F(DynamoDb, OrdersNumericSortKeysAsNumbers) {
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

TEST_F(DynamoDb, FindsSortKeysByTheirBeginning) {
  make_chats();
  for (const char* key : {"meta", "msg#1", "msg#2", "msg$", "msg", "mt"})
    call("PutItem", {{"TableName", "chats"}, {"Item", {{"chatId", {{"S", "c"}}}, {"itemKey", {{"S", key}}}}}});
  const json answer = call("Query", json::parse(R"J({"TableName":"chats",
      "KeyConditionExpression":"#c = :c AND begins_with(itemKey, :p)","ProjectionExpression":"itemKey",
      "ExpressionAttributeNames":{"#c":"chatId"},"ExpressionAttributeValues":{":c":{"S":"c"},":p":{"S":"msg#"}}})J"));
  EXPECT_EQ(answer["Items"], json::parse(R"([{"itemKey":{"S":"msg#1"}},{"itemKey":{"S":"msg#2"}}])"));
  EXPECT_EQ(answer["Count"], 2);
}

TEST_F(DynamoDb, CutsPagesAndContinuesThem) {
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

TEST_F(DynamoDb, LimitsWhatIsEvaluatedNotWhatPassesTheFilter) {
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

TEST_F(DynamoDb, EndsAPageAtOneMegabyte) {
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

json index_query(const char* user) {
  return {{"TableName", "chats"},
          {"IndexName", "UserIdIndex"},
          {"KeyConditionExpression", "userId = :u"},
          {"ExpressionAttributeValues", {{":u", {{"S", user}}}}}};
}

std::string chats_in(const json& answer) {
  std::string out;
  for (const json& item : answer["Items"]) out += item["chatId"]["S"];
  return out;
}

TEST_F(DynamoDb, KeepsAnIndexInStepWithItsTable) {
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

TEST_F(DynamoDb, CutsPagesOfAnIndexWithEqualKeys) {
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

TEST_F(DynamoDb, ShowsOnlyTheProjectedAttributesOfAnIndex) {
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

struct BadQuery {
  const char* condition;
  const char* fault;
};

class DynamoDbKeyConditions : public DynamoDb, public ::testing::WithParamInterface<BadQuery> {};

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
        BadQuery{"chatId = :c AND other = :k", "Query condition missed key schema element: itemKey"},
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

TEST_F(DynamoDb, RefusesAFilterOnAKeyInAQuery) {
  make_chats();
  EXPECT_EQ(
      fault("Query", json::parse(R"({"TableName":"chats","KeyConditionExpression":"chatId = :c",
                "FilterExpression":"itemKey = :c","ExpressionAttributeValues":{":c":{"S":"c"}}})")),
      "ValidationException: Filter Expression can only contain non-primary key attributes: Primary key attribute: "
      "itemKey");
}

TEST_F(DynamoDb, RefusesAStartKeyThatIsNotInTheQuery) {
  make_chats();
  json request = json::parse(R"({"TableName":"chats","KeyConditionExpression":"chatId = :c",
      "ExpressionAttributeValues":{":c":{"S":"c"}},"ExclusiveStartKey":{"chatId":{"S":"other"},"itemKey":{"S":"k"}}})");
  EXPECT_EQ(fault("Query", request),
            "ValidationException: The provided starting key is outside query boundaries based on provided conditions");
  request["ExclusiveStartKey"] = json::parse(R"({"chatId":{"S":"c"}})");
  EXPECT_THAT(fault("Query", request), HasSubstr("The provided starting key is invalid"));
}

TEST_F(DynamoDb, NamesAMissingTableAndIndex) {
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

TEST_F(DynamoDb, DividesAScanIntoSegments) {
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

TEST_F(DynamoDb, ReadsAndWritesBatches) {
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

TEST_F(DynamoDb, WritesATransactionWholeOrNotAtAll) {
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

TEST_F(DynamoDb, DeletesExpiredItemsWhenSwept) {
  make_chats();
  const std::int64_t now = epoch_seconds(clock_.now());
  const auto put_expiring = [&](const char* chat, std::int64_t ttl) {
    call("PutItem", {{"TableName", "chats"},
                     {"Item",
                      {{"chatId", {{"S", chat}}},
                       {"itemKey", {{"S", "meta"}}},
                       {"userId", {{"S", "u"}}},
                       {"updatedAt", {{"N", "1"}}},
                       {"ttl", {{"N", std::to_string(ttl)}}}}}});
  };
  put_expiring("before", now - 1);
  call("UpdateTimeToLive",
       json::parse(R"({"TableName":"chats","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}})"));
  EXPECT_EQ(call("DescribeTimeToLive", {{"TableName", "chats"}})["TimeToLiveDescription"],
            json::parse(R"({"AttributeName":"ttl","TimeToLiveStatus":"ENABLED"})"));
  put_expiring("now", now);
  put_expiring("later", now + 10);
  put_expiring("milliseconds", now * 1000);
  put_expiring("ancient", now - 6LL * 365 * 24 * 3600);
  put("chats", R"({"chatId":{"S":"text"},"itemKey":{"S":"meta"},"ttl":{"S":"1"}})");

  EXPECT_EQ(service_->sweep_expired(clock_.now()), 2u);
  EXPECT_EQ(service_->sweep_expired(clock_.now()), 0u);
  EXPECT_EQ(call("Scan", {{"TableName", "chats"}})["Count"], 4);
  EXPECT_EQ(chats_in(call("Query", index_query("u"))), "ancientlatermilliseconds");
}

TEST_F(DynamoDb, TellsTheConsumedCapacityWhenAsked) {
  make_numbers();
  put("numbers", R"({"h":{"S":"a"},"n":{"N":"1"}})");
  const json answer = call("GetItem", json::parse(R"({"TableName":"numbers","Key":{"h":{"S":"a"},"n":{"N":"1"}},
      "ReturnConsumedCapacity":"TOTAL","ConsistentRead":true})"));
  EXPECT_EQ(answer["ConsumedCapacity"], json::parse(R"({"TableName":"numbers","CapacityUnits":1.0})"));
  EXPECT_EQ(call("PutItem", json::parse(R"({"TableName":"numbers","Item":{"h":{"S":"a"},"n":{"N":"1"}},
                "ReturnConsumedCapacity":"TOTAL"})"))["ConsumedCapacity"]["CapacityUnits"],
            1.0);
}

/// Random puts, deletes and counters against a map that a person can check by eye.
TEST_F(DynamoDb, AgreesWithAPlainMapUnderRandomOperations) {
  make_numbers();
  std::map<std::pair<std::string, int>, int> model;
  std::mt19937 random(3);
  for (int i = 0; i < 1500; ++i) {
    const std::string hash = random() % 2 == 0 ? "a" : "b";
    const int n = static_cast<int>(random() % 30) - 15;
    const json key = {{"h", {{"S", hash}}}, {"n", {{"N", std::to_string(n)}}}};
    if (random() % 3 == 0) {
      call("DeleteItem", {{"TableName", "numbers"}, {"Key", key}});
      model.erase({hash, n});
    } else {
      call("UpdateItem", {{"TableName", "numbers"},
                          {"Key", key},
                          {"UpdateExpression", "ADD v :one"},
                          {"ExpressionAttributeValues", {{":one", {{"N", "1"}}}}}});
      ++model[{hash, n}];
    }
  }
  std::map<std::pair<std::string, int>, int> stored;
  const json page = call("Scan", {{"TableName", "numbers"}});
  for (const json& item : page["Items"])
    stored[{item["h"]["S"], std::stoi(item["n"]["N"].get<std::string>())}] =
        std::stoi(item["v"]["N"].get<std::string>());
  EXPECT_EQ(stored, model);
}

}  // namespace
}  // namespace wsdeep::local

#include "local/dynamodb/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <map>
#include <random>

#include "support/dynamodb_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using wsdeep::testing::chats_in;
using wsdeep::testing::DynamoDbFixture;
using wsdeep::testing::index_query;
using wsdeep::testing::request_of;

class DynamoDb : public DynamoDbFixture {};

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

TEST_F(DynamoDb, KeepsTablesAndItemsAcrossRestarts) {
  make_chats();
  put("chats", R"({"chatId":{"S":"c"},"itemKey":{"S":"meta"},"title":{"S":"Grüße"}})");
  reopen();
  const json answer =
      call("GetItem", json::parse(R"({"TableName":"chats","Key":{"chatId":{"S":"c"},"itemKey":{"S":"meta"}}})"));
  EXPECT_EQ(answer["Item"]["title"]["S"], "Grüße");
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

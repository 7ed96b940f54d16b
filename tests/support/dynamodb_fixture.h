#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "local/dynamodb/service.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace wsdeep::testing {

using nlohmann::json;

inline net::HttpRequest request_of(const std::string& operation, std::string body) {
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"X-Amz-Target", "DynamoDB_20120810." + operation}};
  request.body = std::move(body);
  return request;
}

/// A DynamoDB over a database of its own, and how to call it.
class DynamoDbFixture : public ::testing::Test {
 protected:
  DynamoDbFixture() { reopen(); }

  void reopen() {
    service_.reset();
    database_.reset();
    database_ = std::make_unique<local::Database>(folder_.path() / "local.db");
    service_ = std::make_unique<local::DynamoDbService>(*database_, clock_);
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
  std::unique_ptr<local::Database> database_;
  std::unique_ptr<local::DynamoDbService> service_;
};

/// A query of the chats table's index.
inline json index_query(const char* user) {
  return {{"TableName", "chats"},
          {"IndexName", "UserIdIndex"},
          {"KeyConditionExpression", "userId = :u"},
          {"ExpressionAttributeValues", {{":u", {{"S", user}}}}}};
}

inline std::string chats_in(const json& answer) {
  std::string out;
  for (const json& item : answer["Items"]) out += item["chatId"]["S"];
  return out;
}

}  // namespace wsdeep::testing

#include "local/tables.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "local/functions.h"
#include "net/http_message.h"

namespace wsdeep::local {
namespace {

// The tables of contract §5, as `CreateTable` wants them.
constexpr const char* kTables[] = {
    R"({"TableName":"wsdeep-connections","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"connectionId","AttributeType":"S"},
                                {"AttributeName":"userId","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"connectionId","KeyType":"HASH"}],
        "GlobalSecondaryIndexes":[{"IndexName":"UserIdIndex","Projection":{"ProjectionType":"ALL"},
                                   "KeySchema":[{"AttributeName":"userId","KeyType":"HASH"}]}]})",
    R"({"TableName":"wsdeep-chats","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"chatId","AttributeType":"S"},
                                {"AttributeName":"itemKey","AttributeType":"S"},
                                {"AttributeName":"userId","AttributeType":"S"},
                                {"AttributeName":"updatedAt","AttributeType":"N"}],
        "KeySchema":[{"AttributeName":"chatId","KeyType":"HASH"},{"AttributeName":"itemKey","KeyType":"RANGE"}],
        "GlobalSecondaryIndexes":[{"IndexName":"UserIdIndex","Projection":{"ProjectionType":"ALL"},
                                   "KeySchema":[{"AttributeName":"userId","KeyType":"HASH"},
                                                {"AttributeName":"updatedAt","KeyType":"RANGE"}]}]})"};

// Where people talk with each other.
constexpr const char* kRooms =
    R"({"TableName":"wsdeep-rooms","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"room","AttributeType":"S"},
                                {"AttributeName":"connectionId","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"room","KeyType":"HASH"},{"AttributeName":"connectionId","KeyType":"RANGE"}]})";

// Whose end a backend is to be told, under the names that the source document gives them.
constexpr const char* kBackendConnections =
    R"({"TableName":"WebSocketConnections","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"connectionId","AttributeType":"S"},
                                {"AttributeName":"sessionId","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"connectionId","KeyType":"HASH"},{"AttributeName":"sessionId","KeyType":"RANGE"}]})";

/// The chats of REST chat, with the keys of its document. By the index a user's chats are listed.
constexpr const char* kRestChats =
    R"({{"TableName":"{}","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}},
                                {{"AttributeName":"user_id","AttributeType":"S"}},
                                {{"AttributeName":"updated_at","AttributeType":"S"}}],
        "KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}},{{"AttributeName":"user_id","KeyType":"RANGE"}}],
        "GlobalSecondaryIndexes":[{{"IndexName":"UserIdIndex",
                                   "Projection":{{"ProjectionType":"INCLUDE",
                                                 "NonKeyAttributes":["title","created_at"]}},
                                   "KeySchema":[{{"AttributeName":"user_id","KeyType":"HASH"}},
                                                {{"AttributeName":"updated_at","KeyType":"RANGE"}}]}}]}})";

void call(DynamoDbService& dynamodb, const std::string& operation, std::string body) {
  net::HttpRequest request;
  request.method = "POST";
  request.headers = {{"X-Amz-Target", "DynamoDB_20120810." + operation}};
  request.body = std::move(body);
  const net::HttpResponse response = dynamodb.handle(request);
  const bool exists = response.body.find("ResourceInUseException") != std::string::npos;
  const bool enabled = response.body.find("already enabled") != std::string::npos;
  if (response.status != 200 && !exists && !enabled)
    throw Error(ErrorKind::kFailure, fmt::format("cannot set the local tables up: {}", response.body));
}

void expire(DynamoDbService& dynamodb, const char* table, const char* attribute) {
  call(dynamodb, "UpdateTimeToLive",
       fmt::format(R"({{"TableName":"{}","TimeToLiveSpecification":{{"AttributeName":"{}","Enabled":true}}}})", table,
                   attribute));
}

}  // namespace

void create_tables(DynamoDbService& dynamodb, const SystemOptions& options) {
  for (const char* table : kTables) call(dynamodb, "CreateTable", table);
  call(dynamodb, "CreateTable", fmt::format(kRestChats, options.rest_chats_table));
  std::vector<const char*> expiring{kConnectionsTable, kChatsTable};
  if (options.rooms) {
    call(dynamodb, "CreateTable", kRooms);
    expiring.push_back(kRoomsTable);
  }
  for (const char* name : expiring) expire(dynamodb, name, "ttl");
  if (options.backend.url.empty()) return;
  call(dynamodb, "CreateTable", kBackendConnections);
  expire(dynamodb, kBackendTable, "expiresAt");
}

}  // namespace wsdeep::local

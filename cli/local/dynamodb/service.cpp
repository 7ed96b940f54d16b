#include "local/dynamodb/service.h"

#include <fmt/format.h>
#include <zlib.h>

#include <exception>
#include <map>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "local/api/fault.h"
#include "local/dynamodb/operations.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

constexpr int kSweepBatch = 500;

using TableOperation = std::string (*)(DynamoDbContext&, const JsonRequest&);

const std::map<std::string, TableOperation, std::less<>>& table_operations() {
  static const std::map<std::string, TableOperation, std::less<>> kOperations = {
      {"CreateTable", create_table},
      {"DescribeTable", describe_table},
      {"ListTables", list_tables},
      {"DeleteTable", delete_table},
      {"UpdateTimeToLive", update_time_to_live},
      {"DescribeTimeToLive", describe_time_to_live},
      {"PutItem", put_item},
      {"GetItem", get_item},
      {"UpdateItem", update_item},
      {"DeleteItem", delete_item},
      {"Query", query},
      {"Scan", scan},
      {"BatchGetItem", batch_get_item},
      {"BatchWriteItem", batch_write_item},
      {"TransactWriteItems", transact_write_items},
      {"TransactGetItems", transact_get_items},
  };
  return kOperations;
}

/// The exception's name with the namespace that DynamoDB puts before it.
std::string qualified(const std::string& type) {
  if (type == "ValidationException") return "com.amazon.coral.validate#" + type;
  if (type == "SerializationException" || type == "UnknownOperationException")
    return "com.amazon.coral.service#" + type;
  return "com.amazonaws.dynamodb.v20120810#" + type;
}

std::string error_body(const std::string& type, std::string_view message, const std::string& members) {
  wire::JsonObject body;
  body.add("__type", qualified(type));
  if (!members.empty()) {
    const std::size_t name_end = members.find("\":");
    body.add_json(std::string_view(members).substr(1, name_end - 1), std::string_view(members).substr(name_end + 2));
  }
  return body.add("message", message).text();
}

/// Like AWS's: 52 letters and digits.
std::string request_id() {
  constexpr std::string_view kIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string id = random_bytes(52);
  for (char& c : id) c = kIdLetters[static_cast<unsigned char>(c) % kIdLetters.size()];
  return id;
}

net::HttpResponse reply(int status, std::string body) {
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  return {status,
          {{"Content-Type", "application/x-amz-json-1.0"},
           {"x-amzn-RequestId", request_id()},
           {"x-amz-crc32", std::to_string(crc)}},
          std::move(body)};
}

}  // namespace

struct DynamoDbService::State {
  State(Database& database, const Clock& clock, const DynamoDbOptions& options)
      : tables(database),
        tokens(clock),
        context{database, clock, tables, tokens,
                fmt::format("arn:aws:dynamodb:{}:{}:table/", options.region, options.account)} {}

  std::string answer(const net::HttpRequest& request) {
    const auto operation = table_operations().find(operation_of(request, "DynamoDB_20120810"));
    if (operation == table_operations().end()) throw ApiFault("UnknownOperationException", "");
    const Json body = parse_body(request.body);
    return operation->second(context, JsonRequest(body, "ValidationException"));
  }

  std::size_t sweep(TableCatalog::Entry& entry, std::int64_t now_seconds) {
    const std::vector<EncodedKey> keys = entry.items->expired(now_seconds, kSweepBatch);
    if (keys.empty()) return 0;
    Transaction transaction(context.database);
    for (const EncodedKey& key : keys) {
      const auto json = entry.items->read(key);
      if (!json) continue;
      const wire::AttributeMap item = wire::parse_attribute_map(*json);
      entry.items->erase(key, &item);
    }
    transaction.commit();
    return keys.size();
  }

  TableCatalog tables;
  TransactionTokens tokens;
  DynamoDbContext context;
};

DynamoDbService::DynamoDbService(Database& database, const Clock& clock, const DynamoDbOptions& options)
    : state_(std::make_unique<State>(database, clock, options)) {}

DynamoDbService::~DynamoDbService() = default;

net::HttpResponse DynamoDbService::handle(const net::HttpRequest& request) {
  try {
    return reply(200, state_->answer(request));
  } catch (const ApiFault& fault) {
    return reply(400, error_body(fault.type(), fault.what(), fault.members()));
  } catch (const std::exception& error) {
    log_error("cannot answer a DynamoDB request", {{"cause", error.what()}});
    return reply(500, error_body("InternalServerError", "The request processing has failed", ""));
  }
}

std::size_t DynamoDbService::sweep_expired(SystemTime now) {
  std::size_t swept = 0;
  for (TableCatalog::Entry* entry : state_->tables.all()) swept += state_->sweep(*entry, epoch_seconds(now));
  return swept;
}

}  // namespace wsdeep::local

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/operations.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

constexpr std::int64_t kMaxListedTables = 100;

std::string description_of(DynamoDbContext& context, TableCatalog::Entry& entry, std::string_view status) {
  return describe_table(entry.table, entry.items->counts(), context.arn_prefix + entry.table.name, status);
}

TableCatalog::Entry& require_named_table(DynamoDbContext& context, const JsonRequest& request) {
  const std::string name = request.text("TableName");
  TableCatalog::Entry* entry = context.tables.find(name);
  if (entry == nullptr)
    throw ApiFault("ResourceNotFoundException", fmt::format("Requested resource not found: Table: {} not found", name));
  return *entry;
}

}  // namespace

std::string create_table(DynamoDbContext& context, const JsonRequest& request) {
  Table table = parse_table(request.json());
  if (context.tables.find(table.name) != nullptr)
    throw ApiFault("ResourceInUseException", "Table already exists: " + table.name);
  table.created_ms = epoch_ms(context.clock.now());
  TableCatalog::Entry& entry = context.tables.create(std::move(table));
  return JsonObject().add_json("TableDescription", description_of(context, entry, "ACTIVE")).text();
}

std::string describe_table(DynamoDbContext& context, const JsonRequest& request) {
  TableCatalog::Entry& entry = require_named_table(context, request);
  return JsonObject().add_json("Table", description_of(context, entry, "ACTIVE")).text();
}

std::string list_tables(DynamoDbContext& context, const JsonRequest& request) {
  const std::int64_t limit = request.integer("Limit").value_or(kMaxListedTables);
  if (limit < 1 || limit > kMaxListedTables)
    throw validation_fault(
        fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have "
                    "value between 1 and {}",
                    limit, kMaxListedTables));
  const std::string start = request.text_or("ExclusiveStartTableName", "");
  std::vector<std::string> names = context.tables.names();
  names.erase(names.begin(), std::upper_bound(names.begin(), names.end(), start));
  const bool more = static_cast<std::int64_t>(names.size()) > limit;
  if (more) names.resize(static_cast<std::size_t>(limit));
  JsonObject answer;
  answer.add_json("TableNames", wire::json_strings(names));
  if (more) answer.add("LastEvaluatedTableName", names.back());
  return answer.text();
}

std::string delete_table(DynamoDbContext& context, const JsonRequest& request) {
  TableCatalog::Entry& entry = require_named_table(context, request);
  if (entry.table.is_protected)
    throw validation_fault(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  const std::string name = entry.table.name;
  const std::string description = description_of(context, entry, "DELETING");
  context.tables.drop(name);
  return JsonObject().add_json("TableDescription", description).text();
}

std::string update_time_to_live(DynamoDbContext& context, const JsonRequest& request) {
  TableCatalog::Entry& entry = require_named_table(context, request);
  const Json& json = request.required_object("TimeToLiveSpecification");
  const JsonRequest specification(json, "ValidationException");
  const std::string attribute = specification.text("AttributeName");
  if (attribute.empty() || attribute.size() > 255)
    throw validation_fault(
        "1 validation error detected: Value at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: "
        "Member must have length between 1 and 255");
  const bool enable = specification.boolean("Enabled", false);
  const std::string& current = entry.table.ttl_attribute;
  if (enable && !current.empty())
    throw validation_fault(attribute == current ? "TimeToLive is already enabled"
                                                : "TimeToLive is active on a different AttributeName: current "
                                                  "AttributeName is " +
                                                      current);
  if (!enable && current.empty()) throw validation_fault("TimeToLive is already disabled");
  if (!enable && attribute != current)
    throw validation_fault("TimeToLive is active on a different AttributeName: current AttributeName is " + current);
  context.tables.set_time_to_live(entry, enable ? attribute : "");
  return JsonObject()
      .add_json("TimeToLiveSpecification", JsonObject().add("AttributeName", attribute).add("Enabled", enable).text())
      .text();
}

std::string describe_time_to_live(DynamoDbContext& context, const JsonRequest& request) {
  const Table& table = require_named_table(context, request).table;
  JsonObject description;
  if (!table.ttl_attribute.empty()) description.add("AttributeName", table.ttl_attribute);
  description.add("TimeToLiveStatus", table.ttl_attribute.empty() ? "DISABLED" : "ENABLED");
  return JsonObject().add_json("TimeToLiveDescription", description.text()).text();
}

}  // namespace wsdeep::local

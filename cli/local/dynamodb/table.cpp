#include "local/dynamodb/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "local/api/fault.h"
#include "local/api/json_request.h"
#include "wire/json_fields.h"
#include "wire/json_text.h"

namespace wsdeep::local {
namespace {

using AttributeTypes = std::map<std::string, std::string>;

std::vector<std::string> names_of(const AttributeTypes& types) {
  std::vector<std::string> names;
  for (const auto& [name, type] : types) names.push_back(name);
  return names;
}

constexpr std::size_t kMaxGlobalIndexes = 20;
constexpr std::size_t kMaxLocalIndexes = 5;

bool is_resource_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return std::all_of(name.begin(), name.end(), is_allowed);
}

void require_resource_name(std::string_view member, const std::string& name) {
  if (!is_resource_name(name))
    throw validation_fault(
        fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
                    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
                    name, member));
  if (name.size() < 3 || name.size() > 255)
    throw validation_fault(fmt::format("{} must be at least 3 characters long and at most 255 characters long",
                                       member == std::string_view("tableName") ? "TableName" : "IndexName"));
}

AttributeTypes parse_attributes(const Json& definitions) {
  AttributeTypes types;
  for (const Json& definition : definitions) {
    const JsonRequest attribute(definition, kValidationFault);
    const std::string type = attribute.text("AttributeType");
    if (type != "S" && type != "N" && type != "B")
      throw validation_fault(
          fmt::format("1 validation error detected: Value '{}' at 'attributeDefinitions.1.member.attributeType' failed "
                      "to satisfy constraint: Member must satisfy enum value set: [B, N, S]",
                      type));
    if (!types.emplace(attribute.text("AttributeName"), type).second)
      throw validation_fault("Cannot have multiple attribute definitions with the same name");
  }
  return types;
}

KeyAttribute parse_key_attribute(const Json& element, std::string_view key_type, const AttributeTypes& types) {
  const JsonRequest attribute(element, kValidationFault);
  if (attribute.text("KeyType") != key_type)
    throw validation_fault(key_type == "HASH"
                               ? "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
                               : "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  const std::string name = attribute.text("AttributeName");
  const auto type = types.find(name);
  if (type == types.end())
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: Some index key attributes are not defined in "
                    "AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]",
                    name, fmt::join(names_of(types), ", ")));
  return {name, type->second};
}

KeySchema parse_key(const Json& elements, const AttributeTypes& types) {
  if (elements.empty() || elements.size() > 2)
    throw validation_fault(
        "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1 and less than or equal to 2");
  KeySchema key{parse_key_attribute(elements[0], "HASH", types), std::nullopt};
  if (elements.size() == 2) key.range = parse_key_attribute(elements[1], "RANGE", types);
  if (key.range && key.range->name == key.hash.name)
    throw validation_fault("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  return key;
}

Index parse_index(const Json& json, bool global, const AttributeTypes& types) {
  const JsonRequest request(json, kValidationFault);
  Index index;
  index.name = request.text("IndexName");
  require_resource_name("indexName", index.name);
  index.key = parse_key(request.required_list("KeySchema"), types);
  index.global = global;
  request.object("ProvisionedThroughput");  // its type, before it is kept
  const JsonRequest projection(request.required_object("Projection"), kValidationFault);
  index.projection = projection.text_or("ProjectionType", "");
  index.included = projection.text_list("NonKeyAttributes");
  if (index.projection != "ALL" && index.projection != "KEYS_ONLY" && index.projection != "INCLUDE")
    throw validation_fault("One or more parameter values were invalid: Unknown ProjectionType: " +
                           (index.projection.empty() ? "null" : index.projection));
  if (index.included.empty() == (index.projection == "INCLUDE"))
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: ProjectionType is {}, {} NonKeyAttributes is specified",
                    index.projection, index.included.empty() ? "but no" : "but"));
  return index;
}

void parse_indexes(Table& table, const Json* list, bool global, const AttributeTypes& types) {
  if (list == nullptr) return;
  const std::string member = global ? "GlobalSecondaryIndex" : "LocalSecondaryIndex";
  if (list->empty())
    throw validation_fault(fmt::format("One or more parameter values were invalid: List of {}es is empty", member));
  if (list->size() > (global ? kMaxGlobalIndexes : kMaxLocalIndexes))
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: {} count exceeds the per-table limit", member));
  for (const Json& json : *list) {
    Index index = parse_index(json, global, types);
    if (table.find_index(index.name) != nullptr)
      throw validation_fault("One or more parameter values were invalid: Duplicate index name: " + index.name);
    if (!global && index.key.hash.name != table.key.hash.name)
      throw validation_fault(
          fmt::format("One or more parameter values were invalid: Index KeySchema does not have the same leading hash "
                      "key as table KeySchema for index: {}.",
                      index.name));
    table.indexes.push_back(std::move(index));
  }
}

void require_all_used(const Table& table, const AttributeTypes& types) {
  std::set<std::string> used;
  const auto use = [&](const KeySchema& key) {
    used.insert(key.hash.name);
    if (key.range) used.insert(key.range->name);
  };
  use(table.key);
  for (const Index& index : table.indexes) use(index.key);
  if (used.size() == types.size()) return;
  throw validation_fault(
      fmt::format("One or more parameter values were invalid: Some AttributeDefinitions are not used. "
                  "AttributeDefinitions: [{}], keys used: [{}]",
                  fmt::join(names_of(types), ", "), fmt::join(used, ", ")));
}

/// The members of CreateTable that DescribeTable gives back as they came.
Json definition_of(const Json& request) {
  Json definition = Json::object();
  for (const char* member :
       {"TableName", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
        "BillingMode", "ProvisionedThroughput", "TableClass", "DeletionProtectionEnabled"})
    if (const auto found = request.find(member); found != request.end() && !found->is_null())
      definition[member] = *found;
  return definition;
}

void check_billing(const JsonRequest& request) {
  const std::string mode = request.text_or("BillingMode", "PROVISIONED");
  const bool has_throughput = request.object("ProvisionedThroughput") != nullptr;
  if (mode == "PAY_PER_REQUEST" && has_throughput)
    throw validation_fault(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
        "when BillingMode is PAY_PER_REQUEST");
  if (mode == "PROVISIONED" && !has_throughput)
    throw validation_fault(
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified "
        "when BillingMode is PROVISIONED");
  if (mode != "PROVISIONED" && mode != "PAY_PER_REQUEST")
    throw validation_fault(fmt::format(
        "1 validation error detected: Value '{}' at 'billingMode' failed to satisfy constraint: Member must "
        "satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]",
        mode));
}

void require_no_stream(const JsonRequest& request) {
  const Json* stream = request.object("StreamSpecification");
  if (stream != nullptr && JsonRequest(*stream, kValidationFault).boolean("StreamEnabled", false))
    throw validation_fault("StreamSpecification is not supported by the local DynamoDB: it has no streams");
}

Json describe_throughput(const Json& of) {
  Json throughput = {{"NumberOfDecreasesToday", 0}, {"ReadCapacityUnits", 0}, {"WriteCapacityUnits", 0}};
  if (const auto given = of.find("ProvisionedThroughput"); given != of.end()) throughput.update(*given);
  return throughput;
}

void describe_indexes(Json& description, const char* member, const std::string& arn) {
  const auto list = description.find(member);
  if (list == description.end()) return;
  for (Json& index : *list) {
    index["IndexArn"] = arn + "/index/" + index["IndexName"].get<std::string>();
    if (std::string_view(member) != "GlobalSecondaryIndexes") continue;
    index["IndexStatus"] = "ACTIVE";
    index["ProvisionedThroughput"] = describe_throughput(index);
  }
}

}  // namespace

const Index* Table::find_index(std::string_view index_name) const {
  const auto found =
      std::find_if(indexes.begin(), indexes.end(), [&](const Index& index) { return index.name == index_name; });
  return found == indexes.end() ? nullptr : &*found;
}

Table parse_table(const Json& create_request) {
  const JsonRequest request(create_request, kValidationFault);
  Table table;
  table.name = request.text("TableName");
  require_resource_name("tableName", table.name);
  check_billing(request);
  require_no_stream(request);
  table.is_protected = request.boolean("DeletionProtectionEnabled", false);
  const AttributeTypes types = parse_attributes(request.required_list("AttributeDefinitions"));
  table.key = parse_key(request.required_list("KeySchema"), types);
  parse_indexes(table, request.list("GlobalSecondaryIndexes"), true, types);
  parse_indexes(table, request.list("LocalSecondaryIndexes"), false, types);
  if (!table.key.range && request.has("LocalSecondaryIndexes"))
    throw validation_fault(
        "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when "
        "specifying a LocalSecondaryIndex");
  require_all_used(table, types);
  table.definition = wire::dump_json(definition_of(create_request));
  return table;
}

Table parse_definition(const std::string& definition) {
  return parse_table(wire::read_json(definition));
}

std::string describe_table(const Table& table, const TableCounts& counts, const std::string& arn,
                           std::string_view status) {
  Json description = wire::read_json(table.definition);
  const bool on_demand = description.value("BillingMode", "") == "PAY_PER_REQUEST";
  if (on_demand) description["BillingModeSummary"] = {{"BillingMode", "PAY_PER_REQUEST"}};
  description.erase("BillingMode");
  description["TableStatus"] = status;
  description["TableArn"] = arn;
  description["TableId"] = fmt::format("00000000-0000-4000-8000-{:012x}", table.id);
  description["CreationDateTime"] = static_cast<double>(table.created_ms) / 1000;
  description["ItemCount"] = counts.items;
  description["TableSizeBytes"] = counts.bytes;
  if (!description.contains("DeletionProtectionEnabled")) description["DeletionProtectionEnabled"] = false;
  description["ProvisionedThroughput"] = describe_throughput(description);
  describe_indexes(description, "GlobalSecondaryIndexes", arn);
  describe_indexes(description, "LocalSecondaryIndexes", arn);
  return wire::dump_json(description);
}

wire::AttributeMap project_to_index(const Table& table, const Index& index, const wire::AttributeMap& item) {
  if (index.projection == "ALL") return item;
  wire::AttributeMap out = key_attributes(table.key, item);
  out.merge(key_attributes(index.key, item));
  for (const std::string& name : index.included)
    if (const auto found = item.find(name); found != item.end()) out.emplace(*found);
  return out;
}

}  // namespace wsdeep::local

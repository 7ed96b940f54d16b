#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/operations.h"
#include "local/dynamodb/value.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

/// The parameters that expressions have replaced. Ignoring one would return wrong items or lose a condition.
void refuse_legacy_parameters(const JsonRequest& request) {
  for (const char* member : {"Expected", "ConditionalOperator", "AttributesToGet", "AttributeUpdates", "KeyConditions",
                             "QueryFilter", "ScanFilter"})
    if (request.has(member))
      throw validation_fault(fmt::format(
          "{} is a legacy parameter, which the local DynamoDB does not support: use an expression", member));
}

void require_members(const Json* placeholders, const char* member) {
  if (placeholders != nullptr && placeholders->empty())
    throw validation_fault(fmt::format("{} must not be empty", member));
}

}  // namespace

TableCatalog::Entry& require_table(DynamoDbContext& context, const std::string& name) {
  TableCatalog::Entry* entry = context.tables.find(name);
  if (entry == nullptr) throw ApiFault("ResourceNotFoundException", "Requested resource not found");
  return *entry;
}

TableCatalog::Entry& require_table(DynamoDbContext& context, const JsonRequest& request) {
  return require_table(context, request.text("TableName"));
}

Placeholders read_placeholders(const JsonRequest& request, const std::vector<const char*>& expressions) {
  refuse_legacy_parameters(request);
  const Json* names = request.object("ExpressionAttributeNames");
  const Json* values = request.object("ExpressionAttributeValues");
  if (names == nullptr && values == nullptr) return {};
  const bool has_expression =
      std::any_of(expressions.begin(), expressions.end(), [&](const char* member) { return request.has(member); });
  if (!has_expression && names != nullptr)
    throw validation_fault("ExpressionAttributeNames can only be specified when using expressions");
  if (!has_expression)
    throw validation_fault(
        fmt::format("ExpressionAttributeValues can only be specified when using expressions: {} {} null",
                    fmt::join(expressions, " and "), expressions.size() == 1 ? "is" : "are"));
  require_members(names, "ExpressionAttributeNames");
  require_members(values, "ExpressionAttributeValues");
  return {request.texts("ExpressionAttributeNames"), values == nullptr ? wire::AttributeMap{} : read_item(*values)};
}

std::string consumed_capacity(const JsonRequest& request, const Table& table, double units) {
  const std::string wanted = request.text_or("ReturnConsumedCapacity", "NONE");
  require_one_of(wanted, "returnConsumedCapacity", {"INDEXES", "TOTAL", "NONE"});
  if (wanted == "NONE") return "";
  wire::JsonObject capacity;
  capacity.add("TableName", table.name).add("CapacityUnits", units);
  if (wanted == "INDEXES") capacity.add_json("Table", wire::JsonObject().add("CapacityUnits", units).text());
  return ",\"ConsumedCapacity\":" + capacity.text();
}

double read_units(std::size_t bytes, bool consistent) {
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / 4096)) * (consistent ? 1 : 0.5);
}

double write_units(std::size_t bytes) {
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / 1024));
}

void require_one_of(const std::string& value, const char* member, const std::vector<std::string_view>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  throw validation_fault(fmt::format(
      "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must satisfy enum value "
      "set: [{}]",
      value, member, fmt::join(allowed, ", ")));
}

void require_transaction_size(std::size_t items) {
  constexpr std::size_t kMostItems = 100;
  if (items > 0 && items <= kMostItems) return;
  throw validation_fault(fmt::format(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
      "length greater than or equal to 1 and less than or equal to {}",
      kMostItems));
}

}  // namespace wsdeep::local

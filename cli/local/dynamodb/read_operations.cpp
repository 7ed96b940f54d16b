#include <set>
#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/expression.h"
#include "local/dynamodb/operations.h"
#include "local/dynamodb/value.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::JsonObject;

constexpr std::size_t kMaxBatchGets = 100;
constexpr std::size_t kMaxBatchBytes = 16 << 20;

using Projection = std::optional<std::vector<Path>>;

Projection read_projection(const JsonRequest& request) {
  Placeholders placeholders = read_placeholders(request, {"ProjectionExpression"});
  Projection projection;
  if (request.has("ProjectionExpression"))
    projection = parse_projection(request.text("ProjectionExpression"), placeholders);
  placeholders.require_all_used();
  return projection;
}

/// Without a projection the stored text is the answer: it is not taken apart.
std::string shown(const std::string& json, const Projection& projection) {
  return projection ? wire::encode(project(wire::parse_attribute_map(json), *projection)) : json;
}

struct Gotten {
  std::optional<std::string> item;  ///< JSON
  std::size_t bytes = 0;            ///< read, for the capacity
};

Gotten get(TableCatalog::Entry& entry, const Json& key, const Projection& projection) {
  const auto json = entry.items->read(key_of_request(entry.table.key, read_item(key)));
  if (!json) return {};
  return {shown(*json, projection), json->size()};
}

/// One table's part of BatchGetItem.
struct BatchPart {
  std::vector<std::string> found;
  Json unprocessed = Json::array();
  std::size_t bytes = 0;
};

BatchPart get_batch(TableCatalog::Entry& entry, const JsonRequest& request, std::size_t budget) {
  const Projection projection = read_projection(request);
  request.boolean("ConsistentRead", false);
  BatchPart part;
  std::set<EncodedKey> seen;
  for (const Json& key : request.required_list("Keys")) {
    if (!seen.insert(key_of_request(entry.table.key, read_item(key))).second)
      throw validation_fault("Provided list of item keys contains duplicates");
    if (part.bytes > budget) {
      part.unprocessed.push_back(key);
      continue;
    }
    const Gotten gotten = get(entry, key, projection);
    part.bytes += gotten.bytes;
    if (gotten.item) part.found.push_back(*gotten.item);
  }
  return part;
}

std::size_t count_keys(const Json& items) {
  std::size_t count = 0;
  for (const auto& [table, json] : items.items())
    count += JsonRequest(json, kValidationFault).required_list("Keys").size();
  return count;
}

}  // namespace

std::string get_item(DynamoDbContext& context, const JsonRequest& request) {
  TableCatalog::Entry& entry = require_table(context, request);
  const bool consistent = request.boolean("ConsistentRead", false);
  const Projection projection = read_projection(request);
  const Gotten gotten = get(entry, request.required_object("Key"), projection);
  std::string answer = gotten.item ? "{\"Item\":" + *gotten.item : "{";
  const std::string capacity = consumed_capacity(request, entry.table, read_units(gotten.bytes, consistent));
  return answer + (gotten.item || capacity.empty() ? capacity : capacity.substr(1)) + "}";
}

std::string batch_get_item(DynamoDbContext& context, const JsonRequest& request) {
  const Json& items = request.required_object("RequestItems");
  if (items.empty() || count_keys(items) > kMaxBatchGets)
    throw validation_fault("Too many items requested for the BatchGetItem call");
  JsonObject responses;
  Json unprocessed = Json::object();
  std::size_t bytes = 0;
  for (const auto& [table, json] : items.items()) {
    BatchPart part = get_batch(require_table(context, table), JsonRequest(json, kValidationFault),
                               kMaxBatchBytes - std::min(bytes, kMaxBatchBytes));
    bytes += part.bytes;
    responses.add_json(table, wire::json_list(part.found));
    if (part.unprocessed.empty()) continue;
    unprocessed[table] = json;
    unprocessed[table]["Keys"] = std::move(part.unprocessed);
  }
  return JsonObject()
      .add_json("Responses", responses.text())
      .add_json("UnprocessedKeys", wire::dump_json(unprocessed))
      .text();
}

std::string transact_get_items(DynamoDbContext& context, const JsonRequest& request) {
  const Json& list = request.required_list("TransactItems");
  require_transaction_size(list.size());
  std::vector<std::string> responses;
  for (const Json& json : list) {
    const JsonRequest part(JsonRequest(json, kValidationFault).required_object("Get"), kValidationFault);
    const Gotten gotten = get(require_table(context, part), part.required_object("Key"), read_projection(part));
    responses.push_back(gotten.item ? JsonObject().add_json("Item", *gotten.item).text() : "{}");
  }
  return JsonObject().add_json("Responses", wire::json_list(responses)).text();
}

}  // namespace wsdeep::local

#include "aws/dynamodb.h"

#include "base/error.h"
#include "base/random.h"
#include "wire/attribute_json.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

using wire::Json;
using wire::JsonObject;

void add_names(JsonObject& body, const std::map<std::string, std::string>& names) {
  if (names.empty()) return;
  JsonObject object;
  for (const auto& [placeholder, name] : names) object.add(placeholder, name);
  body.add_json("ExpressionAttributeNames", object.text());
}

void add_values(JsonObject& body, const AttributeMap& values) {
  if (!values.empty()) body.add_json("ExpressionAttributeValues", wire::encode(values));
}

void add_text(JsonObject& body, std::string_view name, const std::string& text) {
  if (!text.empty()) body.add(name, text);
}

void add_expressions(JsonObject& body, const Expressions& expressions) {
  add_text(body, "ConditionExpression", expressions.condition);
  add_names(body, expressions.names);
  add_values(body, expressions.values);
}

std::string query_body(const Query& query) {
  JsonObject body;
  body.add("TableName", query.table);
  add_text(body, "IndexName", query.index);
  body.add("KeyConditionExpression", query.key_condition);
  add_text(body, "FilterExpression", query.filter);
  add_text(body, "ProjectionExpression", query.projection);
  add_names(body, query.names);
  add_values(body, query.values);
  body.add("ScanIndexForward", query.forward);
  if (query.limit > 0) body.add("Limit", query.limit);
  if (!query.start_key.empty()) body.add_json("ExclusiveStartKey", wire::encode(query.start_key));
  if (query.consistent) body.add("ConsistentRead", true);
  return body.text();
}

std::optional<AttributeMap> item_in(const Json& answer, const char* name) {
  const Json* item = wire::JsonFields(answer).find(name);
  return item == nullptr ? std::nullopt : std::optional(wire::attribute_map_from(*item, name));
}

Page page_in(const std::string& answer, const char* what) {
  const Json document = wire::parse_json(answer, what, wire::kMaxAttributeJsonDepth);
  Page page;
  for (const Json& item : wire::JsonFields(document).list("Items"))
    page.items.push_back(wire::attribute_map_from(item, "Items"));
  page.last_key = item_in(document, "LastEvaluatedKey").value_or(AttributeMap());
  return page;
}

JsonObject put_body(const PutItem& put) {
  JsonObject body;
  body.add("TableName", put.table).add_json("Item", wire::encode(put.item));
  add_expressions(body, put.expressions);
  return body;
}

JsonObject update_body(const UpdateItem& update) {
  JsonObject body;
  body.add("TableName", update.table).add_json("Key", wire::encode(update.key));
  body.add("UpdateExpression", update.update);
  add_expressions(body, update.expressions);
  return body;
}

JsonObject remove_body(const RemoveItem& remove) {
  JsonObject body;
  body.add("TableName", remove.table).add_json("Key", wire::encode(remove.key));
  add_expressions(body, remove.expressions);
  return body;
}

/// One of a transaction's writes: `{"Put":{…}}`.
struct TransactItem {
  std::string operator()(const PutItem& put) const { return named("Put", put_body(put)); }
  std::string operator()(const UpdateItem& update) const { return named("Update", update_body(update)); }
  std::string operator()(const RemoveItem& remove) const { return named("Delete", remove_body(remove)); }

 private:
  static std::string named(const char* name, JsonObject body) {
    body.add("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
    return JsonObject().add_json(name, body.text()).text();
  }
};

/// Why a transaction was refused, write by write; rethrows what is no matter of conditions.
std::vector<Written> refusals_in(const ServiceError& error) {
  const Json document = wire::parse_json(error.body(), "the refusal", wire::kMaxAttributeJsonDepth);
  std::vector<Written> writes;
  for (const Json& json : wire::JsonFields(document).list("CancellationReasons")) {
    const std::string code = wire::JsonFields(json).text_or("Code", "None");
    if (code != "None" && code != "ConditionalCheckFailed") throw error;
    writes.push_back({code == "None", item_in(json, "Item").value_or(AttributeMap())});
  }
  return writes;
}

/// Runs `call`; false when the service says that the condition did not hold.
template <typename Call>
bool unless_condition_failed(Call call) {
  try {
    call();
    return true;
  } catch (const ServiceError& error) {
    if (error.code() == "ConditionalCheckFailedException") return false;
    throw;
  }
}

std::string run(Client& client, const char* operation, const JsonObject& body, const CallContext& context) {
  return client.call_json("DynamoDB_20120810", operation, body.text(), "application/x-amz-json-1.0", true, context);
}

}  // namespace

DynamoDb::DynamoDb(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "dynamodb", "dynamodb", clock) {}

bool DynamoDb::put(const PutItem& request, const CallContext& context) {
  const JsonObject body = put_body(request);
  return unless_condition_failed([&] { run(client_, "PutItem", body, context); });
}

std::optional<AttributeMap> DynamoDb::get(const std::string& table, const AttributeMap& key, bool consistent,
                                          const CallContext& context) {
  JsonObject body;
  body.add("TableName", table).add_json("Key", wire::encode(key));
  if (consistent) body.add("ConsistentRead", true);
  const Json answer =
      wire::parse_json(run(client_, "GetItem", body, context), "GetItem answer", wire::kMaxAttributeJsonDepth);
  return item_in(answer, "Item");
}

Written DynamoDb::update(const UpdateItem& request, const CallContext& context) {
  JsonObject body = update_body(request);
  if (request.return_new) body.add("ReturnValues", "ALL_NEW");
  if (!request.expressions.condition.empty()) body.add("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
  try {
    const std::string answer = run(client_, "UpdateItem", body, context);
    if (!request.return_new) return {true, {}};
    const Json document = wire::parse_json(answer, "UpdateItem answer", wire::kMaxAttributeJsonDepth);
    return {true, item_in(document, "Attributes").value_or(AttributeMap())};
  } catch (const ServiceError& error) {
    if (error.code() != "ConditionalCheckFailedException") throw;
    const Json document = wire::parse_json(error.body(), "the refusal", wire::kMaxAttributeJsonDepth);
    return {false, item_in(document, "Item").value_or(AttributeMap())};
  }
}

std::vector<Written> DynamoDb::transact(const std::vector<TransactWrite>& writes, const CallContext& context) {
  std::vector<std::string> items;
  for (const auto& write : writes) items.push_back(std::visit(TransactItem(), write));
  JsonObject body;
  body.add_json("TransactItems", wire::json_list(items)).add("ClientRequestToken", random_uuid());
  try {
    run(client_, "TransactWriteItems", body, context);
    return {};
  } catch (const ServiceError& error) {
    if (error.code() != "TransactionCanceledException") throw;
    return refusals_in(error);
  }
}

bool DynamoDb::remove(const std::string& table, const AttributeMap& key, const Expressions& expressions,
                      const CallContext& context) {
  const JsonObject body = remove_body({table, key, expressions});
  return unless_condition_failed([&] { run(client_, "DeleteItem", body, context); });
}

Page DynamoDb::query(const Query& request, const CallContext& context) {
  return page_in(
      client_.call_json("DynamoDB_20120810", "Query", query_body(request), "application/x-amz-json-1.0", true, context),
      "Query answer");
}

}  // namespace wsdeep::aws

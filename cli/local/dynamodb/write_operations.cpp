#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/expression.h"
#include "local/dynamodb/operations.h"
#include "local/dynamodb/update.h"
#include "local/dynamodb/value.h"
#include "wire/json_text.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::JsonObject;

constexpr std::size_t kMaxBatchWrites = 25;
constexpr std::size_t kMaxTokenCharacters = 36;

/// One change of one item, read and checked as far as that goes without the item.
struct Write {
  enum class Kind { kPut, kUpdate, kDelete, kCheck };
  Kind kind;
  TableCatalog::Entry* entry;
  AttributeMap item;  ///< kPut: the item; else its key
  EncodedKey key;
  std::optional<Condition> condition;
  std::optional<Update> update;
  std::string return_values = "NONE";
  bool return_old_on_failure = false;
};

struct Written {
  std::optional<AttributeMap> before;
  std::optional<AttributeMap> after;
};

void require_item_size(const AttributeMap& item, const char* message) {
  if (size_of(item) > kMaxItemBytes) throw validation_fault(message);
}

void require_no_key_update(const KeySchema& schema, const Update& update) {
  for (const UpdateAction& action : update.actions) {
    const std::string& name = std::get<std::string>(action.path.front());
    if (schema.find(name) != nullptr)
      throw validation_fault(fmt::format(
          "One or more parameter values were invalid: Cannot update attribute {}. This attribute is part of the key",
          name));
  }
}

void read_expressions(Write& write, const JsonRequest& request) {
  const bool updates = write.kind == Write::Kind::kUpdate;
  Placeholders placeholders = updates ? read_placeholders(request, {"UpdateExpression", "ConditionExpression"})
                                      : read_placeholders(request, {"ConditionExpression"});
  if (updates && request.has("UpdateExpression"))
    write.update = parse_update(request.text("UpdateExpression"), placeholders);
  if (request.has("ConditionExpression"))
    write.condition = parse_condition(request.text("ConditionExpression"), "ConditionExpression", placeholders);
  placeholders.require_all_used();
  if (write.update) require_no_key_update(write.entry->table.key, *write.update);
}

Write read_write(DynamoDbContext& context, const JsonRequest& request, Write::Kind kind) {
  Write write{kind, &require_table(context, request), {}, {}, {}, {}, "NONE", false};
  const KeySchema& schema = write.entry->table.key;
  write.item = read_item(request.required_object(kind == Write::Kind::kPut ? "Item" : "Key"));
  read_expressions(write, request);
  if (kind == Write::Kind::kPut) {
    require_item_size(write.item, "Item size has exceeded the maximum allowed size");
    write.key = key_of_item(schema, write.item);
  } else {
    write.key = key_of_request(schema, write.item);
  }
  const std::string on_failure = request.text_or("ReturnValuesOnConditionCheckFailure", "NONE");
  require_one_of(on_failure, "returnValuesOnConditionCheckFailure", {"ALL_OLD", "NONE"});
  write.return_old_on_failure = on_failure == "ALL_OLD";
  return write;
}

void read_return_values(Write& write, const JsonRequest& request) {
  write.return_values = request.text_or("ReturnValues", "NONE");
  require_one_of(write.return_values, "returnValues", {"ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"});
  if (write.kind != Write::Kind::kUpdate && write.return_values != "NONE" && write.return_values != "ALL_OLD")
    throw validation_fault("ReturnValues can only be ALL_OLD or NONE");
}

ApiFault condition_failed(const Write& write, const std::optional<AttributeMap>& before) {
  const bool shows_item = write.return_old_on_failure && before;
  return {"ConditionalCheckFailedException", "The conditional request failed",
          shows_item ? "\"Item\":" + wire::encode(*before) : ""};
}

AttributeMap updated(const Write& write, const AttributeMap& before) {
  AttributeMap after = write.update ? write.update->apply(before) : before;
  require_item_size(after, "Item size to update has exceeded the maximum allowed size");
  return after;
}

/// Reads, checks, writes. Needs a Transaction around it.
Written perform(const Write& write) {
  const Table& table = write.entry->table;
  ItemStore& items = *write.entry->items;
  // A plain put or delete need not know what was there.
  const bool needs_before =
      write.condition || write.kind == Write::Kind::kUpdate || write.return_values != "NONE" || !table.indexes.empty();
  Written written;
  if (needs_before)
    if (const auto json = items.read(write.key)) written.before = wire::parse_attribute_map(*json);
  if (write.condition && !holds(*write.condition, written.before.value_or(AttributeMap{})))
    throw condition_failed(write, written.before);
  const AttributeMap* before = written.before ? &*written.before : nullptr;
  if (write.kind == Write::Kind::kDelete) {
    items.erase(write.key, before);
  } else if (write.kind != Write::Kind::kCheck) {
    written.after = write.kind == Write::Kind::kPut ? write.item : updated(write, before ? *before : write.item);
    items.write(write.key, before, *written.after);
  }
  return written;
}

/// The answer's Attributes; nothing when there are none to show.
std::optional<AttributeMap> returned_attributes(const Write& write, const Written& written) {
  const std::string& wanted = write.return_values;
  if (wanted == "ALL_OLD") return written.before;
  if (wanted == "ALL_NEW") return written.after;
  const std::optional<AttributeMap>& side = wanted == "UPDATED_OLD" ? written.before : written.after;
  if (wanted == "NONE" || !write.update || !side) return std::nullopt;
  AttributeMap attributes = project(*side, write.update->paths());
  if (attributes.empty()) return std::nullopt;
  return attributes;
}

std::string write_one(DynamoDbContext& context, const JsonRequest& request, Write::Kind kind) {
  Write write = read_write(context, request, kind);
  read_return_values(write, request);
  const std::string capacity = consumed_capacity(request, write.entry->table, write_units(size_of(write.item)));
  Transaction transaction(context.database);
  const Written written = perform(write);
  transaction.commit();
  JsonObject answer;
  if (const auto attributes = returned_attributes(write, written))
    answer.add_json("Attributes", wire::encode(*attributes));
  std::string text = answer.text();
  if (!capacity.empty()) text.insert(text.size() - 1, text.size() == 2 ? capacity.substr(1) : capacity);
  return text;
}

/// Each item once: DynamoDB refuses two writes of one item in one request.
class TouchedItems {
 public:
  void add(const Write& write, const char* message) {
    if (!seen_.emplace(write.entry->table.id, write.key).second) throw validation_fault(message);
  }

 private:
  std::set<std::pair<std::int64_t, EncodedKey>> seen_;
};

const Json& only_member(const Json& json, const char* message) {
  if (!json.is_object() || json.size() != 1) throw validation_fault(message);
  return json.begin().value();
}

/// `{"PutRequest":{"Item":…}}` or `{"DeleteRequest":{"Key":…}}` as the write of `table`.
Write read_batch_write(DynamoDbContext& context, const std::string& table, const Json& json) {
  constexpr const char* kMessage =
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes";
  Json request = only_member(json, kMessage);
  const std::string& name = json.begin().key();
  if ((name != "PutRequest" && name != "DeleteRequest") || !request.is_object()) throw validation_fault(kMessage);
  request["TableName"] = table;
  return read_write(context, JsonRequest(request, kValidationFault),
                    name == "PutRequest" ? Write::Kind::kPut : Write::Kind::kDelete);
}

Write read_transaction_write(DynamoDbContext& context, const Json& json) {
  constexpr std::pair<const char*, Write::Kind> kKinds[] = {{"Put", Write::Kind::kPut},
                                                            {"Update", Write::Kind::kUpdate},
                                                            {"Delete", Write::Kind::kDelete},
                                                            {"ConditionCheck", Write::Kind::kCheck}};
  constexpr const char* kMessage = "TransactItems can only contain one of Check, Put, Update or Delete";
  const Json& body = only_member(json, kMessage);
  for (const auto& [name, kind] : kKinds) {
    if (json.begin().key() != name) continue;
    const JsonRequest request(body, kValidationFault);
    if (kind == Write::Kind::kCheck) request.text("ConditionExpression");
    if (kind == Write::Kind::kUpdate) request.text("UpdateExpression");
    return read_write(context, request, kind);
  }
  throw validation_fault(kMessage);
}

std::string read_token(const JsonRequest& request) {
  std::string token = request.text_or("ClientRequestToken", "");
  if (token.size() > kMaxTokenCharacters)
    throw validation_fault(
        fmt::format("1 validation error detected: Value '{}' at 'clientRequestToken' failed to satisfy constraint: "
                    "Member must have length less than or equal to {}",
                    token, kMaxTokenCharacters));
  return token;
}

/// Whether the transaction of this token has been written before.
bool is_written(DynamoDbContext& context, const std::string& token, const std::string& writes) {
  if (token.empty()) return false;
  const TransactionTokens::Use use = context.tokens.use_of(token, writes);
  if (use == TransactionTokens::Use::kDifferent)
    throw ApiFault("IdempotentParameterMismatchException",
                   "Parameters in this request do not match the parameters of the request with the same client token");
  return use == TransactionTokens::Use::kSame;
}

/// Tries every write, so that each has its reason; throws TransactionCanceledException when one of them failed.
void perform_all(const std::vector<Write>& writes) {
  std::vector<std::string> codes, reasons;
  bool failed = false;
  for (const Write& write : writes) {
    JsonObject reason;
    std::string code = "None";
    try {
      perform(write);
      reason.add("Code", code);
    } catch (const ApiFault& fault) {
      failed = true;
      code = fault.type() == "ConditionalCheckFailedException" ? "ConditionalCheckFailed" : "ValidationError";
      reason.add("Code", code).add("Message", fault.what());
      if (!fault.members().empty()) reason.add_json("Item", fault.members().substr(sizeof "\"Item\":" - 1));
    }
    codes.push_back(code);
    reasons.push_back(reason.text());
  }
  if (failed)
    throw ApiFault("TransactionCanceledException",
                   fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                               fmt::join(codes, ", ")),
                   "\"CancellationReasons\":" + wire::json_list(reasons));
}

}  // namespace

std::string put_item(DynamoDbContext& context, const JsonRequest& request) {
  return write_one(context, request, Write::Kind::kPut);
}

std::string update_item(DynamoDbContext& context, const JsonRequest& request) {
  return write_one(context, request, Write::Kind::kUpdate);
}

std::string delete_item(DynamoDbContext& context, const JsonRequest& request) {
  return write_one(context, request, Write::Kind::kDelete);
}

std::string batch_write_item(DynamoDbContext& context, const JsonRequest& request) {
  std::vector<Write> writes;
  TouchedItems touched;
  for (const auto& [table, list] : request.required_object("RequestItems").items()) {
    if (!list.is_array() || writes.size() + list.size() > kMaxBatchWrites)
      throw validation_fault("Too many items requested for the BatchWriteItem call");
    for (const Json& json : list) {
      writes.push_back(read_batch_write(context, table, json));
      touched.add(writes.back(), "Provided list of item keys contains duplicates");
    }
  }
  if (writes.empty())
    throw validation_fault(
        "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1");
  Transaction transaction(context.database);
  for (const Write& write : writes) perform(write);
  transaction.commit();
  return R"({"UnprocessedItems":{}})";
}

std::string transact_write_items(DynamoDbContext& context, const JsonRequest& request) {
  const Json& list = request.required_list("TransactItems");
  const std::string token = read_token(request);
  const std::string written = token.empty() ? "" : wire::compact_json(list);
  if (is_written(context, token, written)) return "{}";
  require_transaction_size(list.size());
  std::vector<Write> writes;
  TouchedItems touched;
  for (const Json& json : list) {
    writes.push_back(read_transaction_write(context, json));
    touched.add(writes.back(), "Transaction request cannot include multiple operations on one item");
  }
  Transaction transaction(context.database);
  perform_all(writes);
  transaction.commit();
  if (!token.empty()) context.tokens.remember(token, written);
  return "{}";
}

}  // namespace wsdeep::local

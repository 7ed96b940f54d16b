#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "local/api/json_request.h"
#include "local/dynamodb/placeholders.h"
#include "local/dynamodb/store.h"
#include "local/dynamodb/transaction_tokens.h"

/// The operations of DynamoDbService. Each takes a request and returns the answer's JSON, or throws ApiFault.
/// Private to this room.
namespace wsdeep::local {

struct DynamoDbContext {
  Database& database;
  const Clock& clock;
  TableCatalog& tables;
  TransactionTokens& tokens;
  std::string arn_prefix;  ///< `arn:aws:dynamodb:REGION:ACCOUNT:table/`
};

std::string create_table(DynamoDbContext& context, const JsonRequest& request);
std::string describe_table(DynamoDbContext& context, const JsonRequest& request);
std::string list_tables(DynamoDbContext& context, const JsonRequest& request);
std::string delete_table(DynamoDbContext& context, const JsonRequest& request);
std::string update_time_to_live(DynamoDbContext& context, const JsonRequest& request);
std::string describe_time_to_live(DynamoDbContext& context, const JsonRequest& request);

std::string get_item(DynamoDbContext& context, const JsonRequest& request);
std::string batch_get_item(DynamoDbContext& context, const JsonRequest& request);
std::string transact_get_items(DynamoDbContext& context, const JsonRequest& request);
std::string query(DynamoDbContext& context, const JsonRequest& request);
std::string scan(DynamoDbContext& context, const JsonRequest& request);

std::string put_item(DynamoDbContext& context, const JsonRequest& request);
std::string update_item(DynamoDbContext& context, const JsonRequest& request);
std::string delete_item(DynamoDbContext& context, const JsonRequest& request);
std::string batch_write_item(DynamoDbContext& context, const JsonRequest& request);
std::string transact_write_items(DynamoDbContext& context, const JsonRequest& request);

// What several of them share (request.cpp).

/// The table that `request` names; ApiFault ResourceNotFoundException when there is none.
TableCatalog::Entry& require_table(DynamoDbContext& context, const JsonRequest& request);
TableCatalog::Entry& require_table(DynamoDbContext& context, const std::string& name);

/// ExpressionAttributeNames and -Values. ApiFault when they come without any of `expressions` (members of the request)
/// or when the request has a parameter from before expressions.
Placeholders read_placeholders(const JsonRequest& request, const std::vector<const char*>& expressions);

/// `,"ConsumedCapacity":{…}` when `request` asks for it, else nothing.
std::string consumed_capacity(const JsonRequest& request, const Table& table, double units);
double read_units(std::size_t bytes, bool consistent);
double write_units(std::size_t bytes);

/// ApiFault in AWS's words when `value` is none of `allowed`.
void require_one_of(const std::string& value, const char* member, const std::vector<std::string_view>& allowed);
/// ApiFault in AWS's words when a transaction has no items or too many.
void require_transaction_size(std::size_t items);

}  // namespace wsdeep::local

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "local/store/sqlite.h"
#include "net/http_message.h"

namespace wsdeep::local {

struct DynamoDbOptions {
  std::string region = "us-east-1";  ///< for the tables' ARNs
  std::string account = "000000000000";
};

/// DynamoDB over SQLite: CreateTable, DescribeTable, ListTables, DeleteTable, UpdateTimeToLive, DescribeTimeToLive,
/// PutItem, GetItem, UpdateItem, DeleteItem, Query, Scan, BatchGetItem, BatchWriteItem, TransactWriteItems and
/// TransactGetItems, with expressions (the legacy parameters such as KeyConditions are refused). Reads are always
/// consistent, tables are ACTIVE at once, nothing is throttled, and a ClientRequestToken is forgotten when the service
/// ends.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
class DynamoDbService {
 public:
  DynamoDbService(Database& database, const Clock& clock, const DynamoDbOptions& options = {});
  ~DynamoDbService();
  DynamoDbService(const DynamoDbService&) = delete;
  DynamoDbService& operator=(const DynamoDbService&) = delete;

  /// Answers one request (POST / with `X-Amz-Target: DynamoDB_20120810.Operation`), whose signature the caller has
  /// checked. Takes microseconds and does not throw: a failing database is logged and answered with 500.
  net::HttpResponse handle(const net::HttpRequest& request);

  /// Deletes the items whose time to live has passed, a bounded number at a time; returns how many. Call it again while
  /// it returns more than zero, and now and then after that.
  std::size_t sweep_expired(SystemTime now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsdeep::local

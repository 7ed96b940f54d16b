#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aws/client.h"
#include "wire/attribute_value.h"

/// The DynamoDB operations that the handlers need, with DynamoDB's own names and expressions.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
namespace wsdeep::aws {

using wire::AttributeMap;
using wire::AttributeValue;

/// `names` are `#n` → attribute name, `values` are `:v` → value, as the expressions use them.
struct Expressions {
  std::string condition;
  std::map<std::string, std::string> names;
  AttributeMap values;
};

struct PutItem {
  std::string table;
  AttributeMap item;
  Expressions expressions;
};
struct UpdateItem {
  std::string table;
  AttributeMap key;
  std::string update;
  Expressions expressions;
  bool return_new = false;  ///< ReturnValues ALL_NEW
};
struct RemoveItem {
  std::string table;
  AttributeMap key;
  Expressions expressions;
};
/// One of a transaction, of 100 at most.
using TransactWrite = std::variant<PutItem, UpdateItem, RemoveItem>;
/// What a conditional write came to; true when the condition held.
struct Written {
  bool done = false;
  AttributeMap item;  ///< done: the new one, where it was asked for. Else as it was when refused; empty: there was none

  explicit operator bool() const { return done; }
};
struct Query {
  std::string table;
  std::string index;  ///< empty: the table itself
  std::string key_condition;
  std::string filter;
  std::string projection;
  std::map<std::string, std::string> names;
  AttributeMap values;
  bool forward = true;
  int limit = 0;           ///< 0: none
  AttributeMap start_key;  ///< empty: from the start
  bool consistent = false;
};
struct Page {
  std::vector<AttributeMap> items;
  AttributeMap last_key;  ///< empty: that was all
};

class DynamoDb {
 public:
  DynamoDb(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// put, update and remove return false when the condition did not hold.
  bool put(const PutItem& request, const CallContext& context = {});
  std::optional<AttributeMap> get(const std::string& table, const AttributeMap& key, bool consistent,
                                  const CallContext& context = {});
  Written update(const UpdateItem& request, const CallContext& context = {});
  /// TransactWriteItems: all of the writes, or none. Done: nothing is returned. Refused: for each write, whether its
  /// own condition held, and the item as it was. Sent again after a lost answer it is recognised by its token, and a
  /// conflict with another writer is tried again.
  std::vector<Written> transact(const std::vector<TransactWrite>& writes, const CallContext& context = {});
  bool remove(const std::string& table, const AttributeMap& key, const Expressions& expressions = {},
              const CallContext& context = {});
  Page query(const Query& request, const CallContext& context = {});

 private:
  Client client_;
};

}  // namespace wsdeep::aws

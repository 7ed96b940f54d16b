#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "local/dynamodb/key.h"
#include "local/dynamodb/table.h"
#include "local/store/sqlite.h"
#include "wire/attribute_value.h"

namespace wsdeep::local {

/// A run of items in key order: one hash key's, or all of them.
struct KeyRange {
  std::optional<std::string> hash;      ///< encoded; nothing: every item
  std::string low;                      ///< encoded range keys from here …
  std::string high = above_all_keys();  ///< … up to, not including, here
  bool forward = true;
  /// Begins after this item: its key in the index that is read, and its key in the table (the same for the table
  /// itself).
  struct Position {
    EncodedKey key;
    EncodedKey item;
  };
  std::optional<Position> after;
};

/// The items of one table and of its indexes. Several changes that belong together need a Transaction around them.
class ItemStore {
 public:
  ItemStore(Database& database, const Table& table);

  static void create(Database& database, const Table& table);
  static void drop(Database& database, const Table& table);

  /// The item as JSON.
  std::optional<std::string> read(const EncodedKey& key);
  /// Puts `item` in place of `old` (null: there was none). `old` may stay null for a table without indexes.
  void write(const EncodedKey& key, const wire::AttributeMap* old, const wire::AttributeMap& item);
  void erase(const EncodedKey& key, const wire::AttributeMap* old);

  /// Calls `visit` for each item until it returns false. `json` and `hash` (the encoded hash key in the table) are
  /// valid during the call; `bytes` is the item's size.
  struct Row {
    std::string_view json;
    std::size_t bytes;
    std::string_view hash;
  };
  void for_each(const Index* index, const KeyRange& range, const std::function<bool(const Row&)>& visit);

  TableCounts counts();
  /// The keys of at most `limit` items whose time to live has passed, but not by more than five years.
  std::vector<EncodedKey> expired(std::int64_t now_seconds, int limit);
  /// Brings every item's expiry in line with the table's ttl_attribute.
  void recompute_expiry();

 private:
  struct IndexStatements {
    Statement insert, remove, forward, backward, scan;
  };
  Statement& start(const Index* index, const KeyRange& range);
  Statement& start_query(const KeyRange& range);
  Statement& start_index_query(IndexStatements& statements, const KeyRange& range);
  void update_indexes(const EncodedKey& key, const wire::AttributeMap* old, const wire::AttributeMap* item);
  std::optional<std::int64_t> expiry_of(const wire::AttributeMap& item) const;

  Database& database_;
  const Table& table_;
  Statement get_, put_, remove_, forward_, backward_, scan_, counts_, expired_;
  std::vector<IndexStatements> indexes_;
  std::string low_, high_;  ///< the bounds that the running query has bound
};

/// Every table of one database.
class TableCatalog {
 public:
  explicit TableCatalog(Database& database);

  struct Entry {
    explicit Entry(Table of) : table(std::move(of)) {}
    Table table;
    std::optional<ItemStore> items;
  };
  /// Null when there is no such table.
  Entry* find(std::string_view name);
  /// Names in order.
  std::vector<std::string> names() const;
  std::vector<Entry*> all();

  Entry& create(Table table);
  void drop(std::string_view name);
  /// An empty `attribute` turns expiry off.
  void set_time_to_live(Entry& entry, const std::string& attribute);

 private:
  Entry& open(Table table);

  Database& database_;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> tables_;
};

}  // namespace wsdeep::local

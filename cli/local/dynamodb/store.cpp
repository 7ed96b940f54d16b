// How tables lie in SQLite.
//
// Each DynamoDB table has a SQLite table `ddb_items_ID`: the encoded key (dynamodb_key.h: bytes that sort as the
// values), the item's size, when it expires, and the item as JSON. Each index has `ddb_index_ID_N`: the encoded index
// key and the encoded table key, nothing else; a query walks it in order and joins the items. Key order is the order of
// a B-tree, so that a query is one seek and then neighbours, and a page begins where the last one ended whatever was
// written between.
//
// The items are a rowid table with a unique index, not a WITHOUT ROWID table, whose inner nodes would hold whole items
// of up to 400 KB; the index tables hold keys alone, and WITHOUT ROWID saves them half their size.

#include "local/dynamodb/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;

constexpr std::int64_t kFiveYears = 5LL * 365 * 24 * 3600;

std::string items_name(const Table& table) {
  return fmt::format("ddb_items_{}", table.id);
}
std::string index_name(const Table& table, std::size_t position) {
  return fmt::format("ddb_index_{}_{}", table.id, position);
}

std::string query_sql(const std::string& items, std::string_view direction) {
  return fmt::format(
      "SELECT item, bytes, hash_key FROM {} WHERE hash_key = ?1 AND range_key >= ?2 AND range_key < ?3 "
      "ORDER BY range_key {}",
      items, direction);
}

std::string scan_sql(const std::string& items) {
  return fmt::format(
      "SELECT item, bytes, hash_key FROM {} WHERE (hash_key, range_key) > (?1, ?2) ORDER BY hash_key, range_key",
      items);
}

/// CROSS JOIN makes SQLite walk the index first; the order then comes from its primary key.
std::string index_join(const std::string& index, const std::string& items) {
  return fmt::format(
      "SELECT t.item, t.bytes, t.hash_key FROM {} i CROSS JOIN {} t ON t.hash_key = i.hash_key AND "
      "t.range_key = i.range_key",
      index, items);
}

std::string index_query_sql(const std::string& index, const std::string& items, bool forward) {
  return fmt::format(
      "{0} WHERE i.index_hash = ?1 AND i.index_range >= ?2 AND i.index_range < ?3 AND "
      "(i.index_range, i.hash_key, i.range_key) {1} (?4, ?5, ?6) "
      "ORDER BY i.index_range {2}, i.hash_key {2}, i.range_key {2}",
      index_join(index, items), forward ? ">" : "<", forward ? "ASC" : "DESC");
}

std::string index_scan_sql(const std::string& index, const std::string& items) {
  return fmt::format(
      "{} WHERE (i.index_hash, i.index_range, i.hash_key, i.range_key) > (?1, ?2, ?3, ?4) "
      "ORDER BY i.index_hash, i.index_range, i.hash_key, i.range_key",
      index_join(index, items));
}

}  // namespace

ItemStore::ItemStore(Database& database, const Table& table)
    : database_(database),
      table_(table),
      get_(database, fmt::format("SELECT item FROM {} WHERE hash_key = ? AND range_key = ?", items_name(table))),
      put_(database, fmt::format("INSERT INTO {} (hash_key, range_key, bytes, expires, item) VALUES (?, ?, ?, ?, ?) "
                                 "ON CONFLICT (hash_key, range_key) DO UPDATE SET bytes = excluded.bytes, "
                                 "expires = excluded.expires, item = excluded.item",
                                 items_name(table))),
      remove_(database, fmt::format("DELETE FROM {} WHERE hash_key = ? AND range_key = ?", items_name(table))),
      forward_(database, query_sql(items_name(table), "ASC")),
      backward_(database, query_sql(items_name(table), "DESC")),
      scan_(database, scan_sql(items_name(table))),
      counts_(database, fmt::format("SELECT count(*), total(bytes) FROM {}", items_name(table))),
      expired_(database, fmt::format("SELECT hash_key, range_key FROM {} WHERE expires <= ? AND expires > ? LIMIT ?",
                                     items_name(table))) {
  for (std::size_t i = 0; i < table.indexes.size(); ++i) {
    const std::string name = index_name(table, i), items = items_name(table);
    indexes_.push_back({Statement(database, fmt::format("INSERT INTO {} VALUES (?, ?, ?, ?)", name)),
                        Statement(database, fmt::format("DELETE FROM {} WHERE index_hash = ? AND index_range = ? AND "
                                                        "hash_key = ? AND range_key = ?",
                                                        name)),
                        Statement(database, index_query_sql(name, items, true)),
                        Statement(database, index_query_sql(name, items, false)),
                        Statement(database, index_scan_sql(name, items))});
  }
}

void ItemStore::create(Database& database, const Table& table) {
  const std::string items = items_name(table);
  database.execute(fmt::format(
      "CREATE TABLE {0} (hash_key BLOB NOT NULL, range_key BLOB NOT NULL, bytes INTEGER NOT NULL, expires INTEGER, "
      "item BLOB NOT NULL, UNIQUE (hash_key, range_key));"
      "CREATE INDEX {0}_expires ON {0} (expires) WHERE expires IS NOT NULL",
      items));
  for (std::size_t i = 0; i < table.indexes.size(); ++i)
    database.execute(fmt::format(
        "CREATE TABLE {} (index_hash BLOB NOT NULL, index_range BLOB NOT NULL, hash_key BLOB NOT NULL, "
        "range_key BLOB NOT NULL, PRIMARY KEY (index_hash, index_range, hash_key, range_key)) WITHOUT ROWID",
        index_name(table, i)));
}

void ItemStore::drop(Database& database, const Table& table) {
  database.execute("DROP TABLE " + items_name(table));
  for (std::size_t i = 0; i < table.indexes.size(); ++i) database.execute("DROP TABLE " + index_name(table, i));
}

std::optional<std::string> ItemStore::read(const EncodedKey& key) {
  const Running running(get_);
  get_.bind_blob(1, key.hash).bind_blob(2, key.range);
  if (!get_.step()) return std::nullopt;
  return get_.text(0);
}

void ItemStore::write(const EncodedKey& key, const AttributeMap* old, const AttributeMap& item) {
  update_indexes(key, old, &item);
  const std::string json = wire::encode(item);
  put_.bind_blob(1, key.hash).bind_blob(2, key.range).bind(3, static_cast<std::int64_t>(size_of(item)));
  if (const auto expires = expiry_of(item))
    put_.bind(4, *expires);
  else
    put_.bind_null(4);
  put_.bind_blob(5, json).run();
}

void ItemStore::erase(const EncodedKey& key, const AttributeMap* old) {
  update_indexes(key, old, nullptr);
  remove_.bind_blob(1, key.hash).bind_blob(2, key.range).run();
}

void ItemStore::update_indexes(const EncodedKey& key, const AttributeMap* old, const AttributeMap* item) {
  const auto change = [&](Statement& statement, const EncodedKey& in_index) {
    statement.bind_blob(1, in_index.hash).bind_blob(2, in_index.range).bind_blob(3, key.hash).bind_blob(4, key.range);
    statement.run();
  };
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    const Index& index = table_.indexes[i];
    const auto before = old == nullptr ? std::nullopt : key_in_index(index.key, index.name, *old);
    const auto after = item == nullptr ? std::nullopt : key_in_index(index.key, index.name, *item);
    if (before == after) continue;
    if (before) change(indexes_[i].remove, *before);
    if (after) change(indexes_[i].insert, *after);
  }
}

std::optional<std::int64_t> ItemStore::expiry_of(const AttributeMap& item) const {
  if (table_.ttl_attribute.empty()) return std::nullopt;
  return wire::integer_of(item, table_.ttl_attribute);
}

void ItemStore::for_each(const Index* index, const KeyRange& range, const std::function<bool(const Row&)>& visit) {
  Statement& rows = start(index, range);
  const Running running(rows);
  while (rows.step())
    if (!visit({rows.bytes(0), static_cast<std::size_t>(rows.integer(1)), rows.bytes(2)})) return;
}

Statement& ItemStore::start(const Index* index, const KeyRange& range) {
  static const KeyRange::Position kBeforeAll;
  const KeyRange::Position& after = range.after ? *range.after : kBeforeAll;
  if (index == nullptr) {
    if (range.hash) return start_query(range);
    return scan_.bind_blob(1, after.key.hash).bind_blob(2, after.key.range);
  }
  IndexStatements& statements = indexes_[static_cast<std::size_t>(index - table_.indexes.data())];
  if (range.hash) return start_index_query(statements, range);
  return statements.scan.bind_blob(1, after.key.hash)
      .bind_blob(2, after.key.range)
      .bind_blob(3, after.item.hash)
      .bind_blob(4, after.item.range);
}

Statement& ItemStore::start_query(const KeyRange& range) {
  low_ = range.low;
  high_ = range.high;
  if (range.after && range.forward) low_ = std::max(low_, just_after(range.after->key.range));
  if (range.after && !range.forward) high_ = std::min(high_, range.after->key.range);
  Statement& statement = range.forward ? forward_ : backward_;
  return statement.bind_blob(1, *range.hash).bind_blob(2, low_).bind_blob(3, high_);
}

// The row comparison alone would be enough; the tightened bounds let SQLite seek to the page's beginning.
Statement& ItemStore::start_index_query(IndexStatements& statements, const KeyRange& range) {
  static const KeyRange::Position kBeforeAll;
  static const KeyRange::Position kAfterAll{{above_all_keys(), above_all_keys()}, {above_all_keys(), above_all_keys()}};
  const KeyRange::Position& after = range.after ? *range.after : range.forward ? kBeforeAll : kAfterAll;
  low_ = range.forward ? std::max(range.low, after.key.range) : range.low;
  high_ = range.forward ? range.high : std::min(range.high, just_after(after.key.range));
  Statement& statement = range.forward ? statements.forward : statements.backward;
  return statement.bind_blob(1, *range.hash)
      .bind_blob(2, low_)
      .bind_blob(3, high_)
      .bind_blob(4, after.key.range)
      .bind_blob(5, after.item.hash)
      .bind_blob(6, after.item.range);
}

TableCounts ItemStore::counts() {
  const Running running(counts_);
  counts_.step();
  return {counts_.integer(0), counts_.integer(1)};
}

std::vector<EncodedKey> ItemStore::expired(std::int64_t now_seconds, int limit) {
  const Running running(expired_);
  expired_.bind(1, now_seconds).bind(2, now_seconds - kFiveYears).bind(3, std::int64_t{limit});
  std::vector<EncodedKey> keys;
  while (expired_.step()) keys.push_back({expired_.text(0), expired_.text(1)});
  return keys;
}

void ItemStore::recompute_expiry() {
  Statement rows(database_, fmt::format("SELECT rowid, item FROM {}", items_name(table_)));
  Statement update(database_, fmt::format("UPDATE {} SET expires = ? WHERE rowid = ?", items_name(table_)));
  std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> changes;
  while (rows.step()) changes.emplace_back(rows.integer(0), expiry_of(wire::parse_attribute_map(rows.bytes(1))));
  for (const auto& [row, expires] : changes) {
    if (expires)
      update.bind(1, *expires);
    else
      update.bind_null(1);
    update.bind(2, row).run();
  }
}

TableCatalog::TableCatalog(Database& database) : database_(database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS ddb_tables (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, "
      "definition TEXT NOT NULL, ttl_attribute TEXT NOT NULL, created_ms INTEGER NOT NULL)");
  Statement rows(database, "SELECT id, definition, ttl_attribute, created_ms FROM ddb_tables");
  while (rows.step()) {
    Table table = parse_definition(rows.text(1));
    table.id = rows.integer(0);
    table.ttl_attribute = rows.text(2);
    table.created_ms = rows.integer(3);
    open(std::move(table));
  }
}

TableCatalog::Entry& TableCatalog::open(Table table) {
  auto entry = std::make_unique<Entry>(std::move(table));
  entry->items.emplace(database_, entry->table);
  Entry& opened = *entry;
  tables_[opened.table.name] = std::move(entry);
  return opened;
}

TableCatalog::Entry* TableCatalog::find(std::string_view name) {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second.get();
}

std::vector<std::string> TableCatalog::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : tables_) out.push_back(name);
  return out;
}

std::vector<TableCatalog::Entry*> TableCatalog::all() {
  std::vector<Entry*> out;
  for (const auto& [name, entry] : tables_) out.push_back(entry.get());
  return out;
}

TableCatalog::Entry& TableCatalog::create(Table table) {
  Transaction transaction(database_);
  Statement(database_, "INSERT INTO ddb_tables (name, definition, ttl_attribute, created_ms) VALUES (?, ?, '', ?)")
      .bind(1, table.name)
      .bind(2, table.definition)
      .bind(3, table.created_ms)
      .run();
  Statement id(database_, "SELECT last_insert_rowid()");
  id.step();
  table.id = id.integer(0);
  id.reset();
  ItemStore::create(database_, table);
  transaction.commit();
  return open(std::move(table));
}

void TableCatalog::drop(std::string_view name) {
  const auto found = tables_.find(name);
  const Table table = found->second->table;
  tables_.erase(found);  // its statements would hold the SQLite tables
  Transaction transaction(database_);
  ItemStore::drop(database_, table);
  Statement(database_, "DELETE FROM ddb_tables WHERE id = ?").bind(1, table.id).run();
  transaction.commit();
}

void TableCatalog::set_time_to_live(Entry& entry, const std::string& attribute) {
  Transaction transaction(database_);
  Statement(database_, "UPDATE ddb_tables SET ttl_attribute = ? WHERE id = ?")
      .bind(1, attribute)
      .bind(2, entry.table.id)
      .run();
  entry.table.ttl_attribute = attribute;
  entry.items->recompute_expiry();
  transaction.commit();
}

}  // namespace wsdeep::local

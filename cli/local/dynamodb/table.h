#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "local/dynamodb/key.h"
#include "wire/attribute_value.h"

namespace wsdeep::local {

struct Index {
  std::string name;
  KeySchema key;
  bool global = true;
  /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
  std::string projection = "ALL";
  std::vector<std::string> included;  ///< INCLUDE's attributes besides the keys
};

/// What a table is, apart from its items.
struct Table {
  std::int64_t id = 0;  ///< names its SQLite tables
  std::string name;
  KeySchema key;
  std::vector<Index> indexes;
  bool is_protected = false;  ///< DeletionProtectionEnabled
  std::string ttl_attribute;  ///< empty: items do not expire
  std::int64_t created_ms = 0;
  std::string definition;  ///< the parts of CreateTable's request that DescribeTable repeats, JSON

  /// Null when there is no such index.
  const Index* find_index(std::string_view index_name) const;
};

/// Reads a CreateTable request; ApiFault ValidationException in AWS's words when it is wrong.
Table parse_table(const nlohmann::json& create_request);
/// Reads back what `definition` of a parsed table held.
Table parse_definition(const std::string& definition);

/// TableDescription, but for TableStatus: `{"TableName":…,…}`.
struct TableCounts {
  std::int64_t items = 0;
  std::int64_t bytes = 0;
};
std::string describe_table(const Table& table, const TableCounts& counts, const std::string& arn,
                           std::string_view status);

/// `item` as an index shows it.
wire::AttributeMap project_to_index(const Table& table, const Index& index, const wire::AttributeMap& item);

}  // namespace wsdeep::local

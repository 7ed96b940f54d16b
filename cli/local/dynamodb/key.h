#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "wire/attribute_value.h"

/// Primary keys of tables and indexes, and their order-preserving byte form.
namespace wsdeep::local {

struct KeyAttribute {
  std::string name;
  std::string type;  ///< `S`, `N` or `B`
};

struct KeySchema {
  KeyAttribute hash;
  std::optional<KeyAttribute> range;

  /// Null when `name` is no part of the key.
  const KeyAttribute* find(std::string_view name) const;
  std::size_t size() const { return range ? 2 : 1; }
};

/// A key as SQLite stores it: the bytes of each part sort as the values do. `range` is empty for a key without one.
struct EncodedKey {
  std::string hash;
  std::string range;
  auto operator<=>(const EncodedKey&) const = default;
};

/// The bytes of a string, number or binary, in the values' order.
std::string encode_key_value(const wire::AttributeValue& value);
/// The smallest byte string above every string that begins with `bytes`; nothing when there is none.
std::optional<std::string> after_prefix(std::string bytes);
/// The smallest byte string above `bytes`.
std::string just_after(std::string bytes);
/// Above every encoded key.
const std::string& above_all_keys();

/// The key of an item that is to be stored; ApiFault ValidationException when a part is missing, empty, too long or of
/// another type.
EncodedKey key_of_item(const KeySchema& schema, const wire::AttributeMap& item);
/// A request's `Key`: exactly the schema's attributes.
EncodedKey key_of_request(const KeySchema& schema, const wire::AttributeMap& key);
/// The key of an item in an index; nothing when the item is not in it. ApiFault for a part of another type.
std::optional<EncodedKey> key_in_index(const KeySchema& schema, const std::string& index,
                                       const wire::AttributeMap& item);
/// Checks one part of a key: its size, and that it is not empty.
void require_key_value(const KeyAttribute& attribute, const wire::AttributeValue& value, bool is_hash);

/// The key's attributes of `item` that it has.
wire::AttributeMap key_attributes(const KeySchema& schema, const wire::AttributeMap& item);

}  // namespace wsdeep::local

#include "local/dynamodb/key.h"

#include <fmt/format.h>

#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/number.h"
#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::AttributeValue;

constexpr std::size_t kMaxHashBytes = 2048;
constexpr std::size_t kMaxRangeBytes = 1024;

bool is_empty(const AttributeValue& value) {
  const auto* text = std::get_if<AttributeValue::String>(&value.data);
  const auto* bytes = std::get_if<AttributeValue::Binary>(&value.data);
  return (text != nullptr && text->value.empty()) || (bytes != nullptr && bytes->value.empty());
}

std::string_view kind_of_empty(const AttributeValue& value) {
  return type_of(value) == "B" ? "binary" : "string";
}

ApiFault wrong_key() {
  return validation_fault("The provided key element does not match the schema");
}

std::string stored_part(const KeyAttribute& attribute, const AttributeMap& item, bool is_hash) {
  const auto found = item.find(attribute.name);
  if (found == item.end())
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: Missing the key {} in the item", attribute.name));
  if (type_of(found->second) != attribute.type)
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}",
                    attribute.name, attribute.type, type_of(found->second)));
  require_key_value(attribute, found->second, is_hash);
  return encode_key_value(found->second);
}

std::string requested_part(const KeyAttribute& attribute, const AttributeMap& key, bool is_hash) {
  const auto found = key.find(attribute.name);
  if (found == key.end() || type_of(found->second) != attribute.type) throw wrong_key();
  require_key_value(attribute, found->second, is_hash);
  return encode_key_value(found->second);
}

std::optional<std::string> index_part(const KeyAttribute& attribute, const std::string& index,
                                      const AttributeMap& item) {
  const auto found = item.find(attribute.name);
  if (found == item.end()) return std::nullopt;
  if (type_of(found->second) != attribute.type)
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} Actual: {} "
                    "IndexName: {}",
                    attribute.name, attribute.type, type_of(found->second), index));
  if (is_empty(found->second))
    throw validation_fault(fmt::format(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}",
        kind_of_empty(found->second), index, attribute.name));
  return encode_key_value(found->second);
}

}  // namespace

const KeyAttribute* KeySchema::find(std::string_view name) const {
  if (hash.name == name) return &hash;
  return range && range->name == name ? &*range : nullptr;
}

std::string encode_key_value(const AttributeValue& value) {
  if (const auto* text = std::get_if<AttributeValue::String>(&value.data)) return text->value;
  if (const auto* bytes = std::get_if<AttributeValue::Binary>(&value.data)) return bytes->value;
  return Decimal::parse(std::get<AttributeValue::Number>(value.data).value).ordered_bytes();
}

std::optional<std::string> after_prefix(std::string bytes) {
  while (!bytes.empty() && bytes.back() == '\xFF') bytes.pop_back();
  if (bytes.empty()) return std::nullopt;
  bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) + 1);
  return bytes;
}

std::string just_after(std::string bytes) {
  return std::move(bytes) + '\0';
}

const std::string& above_all_keys() {
  static const std::string bytes(kMaxHashBytes + 1, '\xFF');
  return bytes;
}

void require_key_value(const KeyAttribute& attribute, const AttributeValue& value, bool is_hash) {
  if (is_empty(value))
    throw validation_fault(
        fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
                    "an empty {} value. Key: {}",
                    kind_of_empty(value), attribute.name));
  // Both messages are AWS's, the missing blank included.
  if (is_hash && size_of(value) > kMaxHashBytes)
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit "
                    "of{} bytes",
                    kMaxHashBytes));
  if (!is_hash && size_of(value) > kMaxRangeBytes)
    throw validation_fault(
        fmt::format("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the "
                    "size limit of {} bytes",
                    kMaxRangeBytes));
}

EncodedKey key_of_item(const KeySchema& schema, const AttributeMap& item) {
  EncodedKey key{stored_part(schema.hash, item, true), {}};
  if (schema.range) key.range = stored_part(*schema.range, item, false);
  return key;
}

EncodedKey key_of_request(const KeySchema& schema, const AttributeMap& key) {
  if (key.size() != schema.size()) throw wrong_key();
  EncodedKey encoded{requested_part(schema.hash, key, true), {}};
  if (schema.range) encoded.range = requested_part(*schema.range, key, false);
  return encoded;
}

std::optional<EncodedKey> key_in_index(const KeySchema& schema, const std::string& index, const AttributeMap& item) {
  auto hash = index_part(schema.hash, index, item);
  auto range = schema.range ? index_part(*schema.range, index, item) : std::string();
  if (!hash || !range) return std::nullopt;
  return EncodedKey{*std::move(hash), *std::move(range)};
}

AttributeMap key_attributes(const KeySchema& schema, const AttributeMap& item) {
  AttributeMap out;
  for (const KeyAttribute* attribute : {&schema.hash, schema.range ? &*schema.range : nullptr}) {
    const auto found = attribute == nullptr ? item.end() : item.find(attribute->name);
    if (found != item.end()) out.emplace(*found);
  }
  return out;
}

}  // namespace wsdeep::local

#pragma once

#include <compare>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "wire/attribute_value.h"

/// DynamoDB's rules for attribute values. A value that was read here is in one canonical form (numbers in plain
/// notation, sets sorted), so that equal values are equal member by member.
namespace wsdeep::local {

using wire::AttributeMap;
using wire::AttributeValue;

/// `S`, `N`, `B`, `BOOL`, `NULL`, `L`, `M`, `SS`, `NS` or `BS`.
std::string_view type_of(const AttributeValue& value);

/// Reads `{"S":"x"}`; ApiFault ValidationException, or SerializationException for a wrong JSON type, in AWS's words.
AttributeValue read_value(const nlohmann::json& json);
/// Reads `{"name":{"S":"x"},…}`.
AttributeMap read_item(const nlohmann::json& json);

/// The canonical number. ApiFault when it is none.
AttributeValue number_value(std::string_view text);
/// Sorts a set; the ApiFault ValidationException when it is empty or has duplicates.
void canonicalise_set(AttributeValue& value);

/// Bytes that count against the limits (names, values and overhead).
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
std::size_t size_of(const AttributeValue& value);
std::size_t size_of(const AttributeMap& item);
constexpr std::size_t kMaxItemBytes = 400 * 1024;

/// The order of two strings, numbers or binaries; nothing for values of other or of different types.
std::optional<std::strong_ordering> compare(const AttributeValue& a, const AttributeValue& b);

}  // namespace wsdeep::local

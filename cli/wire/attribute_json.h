#pragma once

#include <string_view>

#include "wire/attribute_value.h"
#include "wire/json_fields.h"

/// Attribute values inside larger JSON documents: DynamoDB's requests and answers. A private header, as json_fields.h.
namespace wsdeep::wire {

/// A document of DynamoDB's may nest 32 values; each takes two levels of JSON, and a request puts some around them.
inline constexpr std::size_t kMaxAttributeLevels = 32;
inline constexpr std::size_t kMaxAttributeJsonDepth = 2 * kMaxAttributeLevels + 16;

/// Throw Error{kFailure} that names `path` for what is no attribute value: not exactly one known type, a number that is
/// no decimal, a binary that is no base64, nesting beyond 32 levels. Parse the document with kMaxAttributeJsonDepth.
AttributeValue attribute_value_from(const Json& json, std::string_view path);
AttributeMap attribute_map_from(const Json& json, std::string_view path);

Json to_json(const AttributeValue& value);
Json to_json(const AttributeMap& item);

}  // namespace wsdeep::wire

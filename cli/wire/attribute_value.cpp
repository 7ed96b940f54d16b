#include "wire/attribute_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/attribute_json.h"

namespace wsdeep::wire {
namespace {

[[noreturn]] void fail(std::string_view path, std::string_view cause) {
  throw Error(ErrorKind::kFailure, fmt::format("{}: {}", path, cause));
}

/// `-12.5e+3`: what DynamoDB takes for a number. Its range and precision are the service's to check.
bool is_decimal(std::string_view text) {
  const auto take_digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  const auto take = [&](std::string_view any) {
    if (text.empty() || any.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  take("+-");
  std::size_t digits = take_digits();
  if (take(".")) digits += take_digits();
  if (digits == 0) return false;
  if (take("eE")) {
    take("+-");
    if (take_digits() == 0) return false;
  }
  return text.empty();
}

std::string text_from(const Json& json, std::string_view path) {
  if (!json.is_string()) fail(path, fmt::format("expected a string, got {}", kind_of(json)));
  return json.get<std::string>();
}

std::string number_from(const Json& json, std::string_view path) {
  std::string text = text_from(json, path);
  if (!is_decimal(text)) fail(path, "not a decimal number");
  return text;
}

std::string binary_from(const Json& json, std::string_view path) {
  const auto bytes = from_base64(text_from(json, path));
  if (!bytes) fail(path, "not base64");
  return *bytes;
}

bool true_or_false(const Json& json, std::string_view path) {
  if (!json.is_boolean()) fail(path, fmt::format("expected a boolean, got {}", kind_of(json)));
  return json.get<bool>();
}

template <typename Set, typename Element>
Set set_from(const Json& json, std::string_view path, Element element) {
  if (!json.is_array()) fail(path, fmt::format("expected a list, got {}", kind_of(json)));
  Set set;
  for (const Json& value : json) set.value.push_back(element(value, path));
  return set;
}

AttributeValue value_from(const Json& json, const std::string& path, std::size_t level);

AttributeValue::List list_from(const Json& json, const std::string& path, std::size_t level) {
  if (!json.is_array()) fail(path, fmt::format("expected a list, got {}", kind_of(json)));
  AttributeValue::List list;
  for (const Json& value : json)
    list.value.push_back(value_from(value, fmt::format("{}[{}]", path, list.value.size()), level + 1));
  return list;
}

AttributeMap map_from(const Json& json, const std::string& path, std::size_t level) {
  if (!json.is_object()) fail(path, fmt::format("expected an object, got {}", kind_of(json)));
  AttributeMap map;
  for (const auto& [name, value] : json.items())
    map.emplace(name, value_from(value, fmt::format("{}.{}", path, name), level + 1));
  return map;
}

AttributeValue value_from(const Json& json, const std::string& path, std::size_t level) {
  if (level > kMaxAttributeLevels) fail(path, fmt::format("nested deeper than {} levels", kMaxAttributeLevels));
  if (!json.is_object() || json.size() != 1) fail(path, "expected an object with exactly one type, such as {\"S\":…}");
  const std::string& type = json.begin().key();
  const Json& value = json.begin().value();
  if (type == "S") return {AttributeValue::String{text_from(value, path)}};
  if (type == "N") return {AttributeValue::Number{number_from(value, path)}};
  if (type == "B") return {AttributeValue::Binary{binary_from(value, path)}};
  if (type == "BOOL") return {AttributeValue::Bool{true_or_false(value, path)}};
  if (type == "L") return {list_from(value, path, level)};
  if (type == "M") return {AttributeValue::Map{map_from(value, path, level)}};
  if (type == "SS") return {set_from<AttributeValue::StringSet>(value, path, text_from)};
  if (type == "NS") return {set_from<AttributeValue::NumberSet>(value, path, number_from)};
  if (type == "BS") return {set_from<AttributeValue::BinarySet>(value, path, binary_from)};
  if (type != "NULL") fail(path, "unknown type, expected one of S N B BOOL NULL L M SS NS BS");
  if (!true_or_false(value, path)) fail(path, "NULL must be true");
  return {AttributeValue::Null{}};
}

struct ToJson {
  Json operator()(const AttributeValue::Null&) const { return {{"NULL", true}}; }
  Json operator()(const AttributeValue::String& v) const { return {{"S", v.value}}; }
  Json operator()(const AttributeValue::Number& v) const { return {{"N", v.value}}; }
  Json operator()(const AttributeValue::Binary& v) const { return {{"B", base64(v.value)}}; }
  Json operator()(const AttributeValue::Bool& v) const { return {{"BOOL", v.value}}; }
  Json operator()(const AttributeValue::Map& v) const { return {{"M", to_json(v.value)}}; }
  Json operator()(const AttributeValue::StringSet& v) const { return {{"SS", v.value}}; }
  Json operator()(const AttributeValue::NumberSet& v) const { return {{"NS", v.value}}; }
  Json operator()(const AttributeValue::BinarySet& v) const {
    Json list = Json::array();
    for (const std::string& bytes : v.value) list.push_back(base64(bytes));
    return {{"BS", std::move(list)}};
  }
  Json operator()(const AttributeValue::List& v) const {
    Json list = Json::array();
    for (const AttributeValue& element : v.value) list.push_back(to_json(element));
    return {{"L", std::move(list)}};
  }
};

}  // namespace

bool AttributeValue::List::operator==(const List&) const = default;
bool AttributeValue::Map::operator==(const Map&) const = default;
bool AttributeValue::operator==(const AttributeValue&) const = default;

std::optional<std::string> AttributeValue::string() const {
  const auto* text = std::get_if<String>(&data);
  return text ? std::optional(text->value) : std::nullopt;
}

std::optional<std::int64_t> AttributeValue::integer() const {
  const auto* number = std::get_if<Number>(&data);
  return number ? parse_integer(number->value, INT64_MIN, INT64_MAX) : std::nullopt;
}

const AttributeMap* AttributeValue::map() const {
  const auto* value = std::get_if<Map>(&data);
  return value ? &value->value : nullptr;
}

AttributeValue AttributeValue::of(std::string_view text) {
  return {String{std::string(text)}};
}
AttributeValue AttributeValue::of(std::int64_t number) {
  return {Number{std::to_string(number)}};
}
AttributeValue AttributeValue::of(bool value) {
  return {Bool{value}};
}
AttributeValue AttributeValue::of(AttributeMap value) {
  return {Map{std::move(value)}};
}

std::optional<std::string> text_of(const AttributeMap& item, std::string_view name) {
  const auto found = item.find(name);
  return found == item.end() ? std::nullopt : found->second.string();
}

std::optional<std::int64_t> integer_of(const AttributeMap& item, std::string_view name) {
  const auto found = item.find(name);
  return found == item.end() ? std::nullopt : found->second.integer();
}

AttributeValue attribute_value_from(const Json& json, std::string_view path) {
  return value_from(json, std::string(path), 1);
}
AttributeMap attribute_map_from(const Json& json, std::string_view path) {
  return map_from(json, std::string(path), 0);
}

Json to_json(const AttributeValue& value) {
  return std::visit(ToJson{}, value.data);
}

Json to_json(const AttributeMap& item) {
  Json object = Json::object();
  for (const auto& [name, value] : item) object[name] = to_json(value);
  return object;
}

std::string encode(const AttributeValue& value) {
  return dump_json(to_json(value));
}
std::string encode(const AttributeMap& item) {
  return dump_json(to_json(item));
}

AttributeValue parse_attribute_value(std::string_view json) {
  return attribute_value_from(parse_json(json, "attribute value", kMaxAttributeJsonDepth), "value");
}
AttributeMap parse_attribute_map(std::string_view json) {
  return attribute_map_from(parse_json(json, "item", kMaxAttributeJsonDepth), "item");
}

}  // namespace wsdeep::wire

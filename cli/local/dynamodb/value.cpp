#include "local/dynamodb/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "local/api/fault.h"
#include "local/api/json_request.h"
#include "local/dynamodb/number.h"

namespace wsdeep::local {
namespace {

constexpr int kMaxValueDepth = 32;

/// The order of AttributeValue's alternatives.
constexpr std::array<std::string_view, 10> kTypes = {"NULL", "S", "N", "B", "BOOL", "L", "M", "SS", "NS", "BS"};

std::string read_binary(const Json& json) {
  auto bytes = from_base64(json_text(json));
  if (!bytes) throw ApiFault("SerializationException", "Base64 encoded length is unexpected or has invalid characters");
  return *std::move(bytes);
}

std::vector<std::string> read_texts(const Json& json) {
  if (!json.is_array()) throw ApiFault("SerializationException", "Unexpected field type");
  std::vector<std::string> out;
  out.reserve(json.size());
  for (const Json& text : json) out.push_back(json_text(text));
  return out;
}

AttributeValue read_set(std::string_view type, const Json& json) {
  AttributeValue value;
  std::vector<std::string> members = read_texts(json);
  if (type == "SS") {
    value.data = AttributeValue::StringSet{std::move(members)};
  } else if (type == "NS") {
    for (std::string& member : members) member = Decimal::parse(member).text();
    value.data = AttributeValue::NumberSet{std::move(members)};
  } else {
    for (std::size_t i = 0; i < members.size(); ++i) members[i] = read_binary(json[i]);
    value.data = AttributeValue::BinarySet{std::move(members)};
  }
  canonicalise_set(value);
  return value;
}

AttributeValue read_value(const Json& json, int depth);

AttributeMap read_map(const Json& json, int depth) {
  if (!json.is_object()) throw ApiFault("SerializationException", "Unexpected field type");
  AttributeMap out;
  for (const auto& [name, value] : json.items()) {
    if (name.size() > 65535)
      throw validation_fault("One or more parameter values were invalid: Attribute name is too large");
    out.emplace_hint(out.end(), name, read_value(value, depth));
  }
  return out;
}

AttributeValue read_list(const Json& json, int depth) {
  if (!json.is_array()) throw ApiFault("SerializationException", "Unexpected field type");
  AttributeValue::List list;
  list.value.reserve(json.size());
  for (const Json& element : json) list.value.push_back(read_value(element, depth));
  return {std::move(list)};
}

bool read_bool(const Json& json) {
  if (!json.is_boolean()) throw ApiFault("SerializationException", "Unexpected token received from parser");
  return json.get<bool>();
}

AttributeValue read_typed(std::string_view type, const Json& json, int depth) {
  if (type == "S") return {AttributeValue::String{json_text(json)}};
  if (type == "N") return number_value(json_text(json));
  if (type == "B") return {AttributeValue::Binary{read_binary(json)}};
  if (type == "BOOL") return {AttributeValue::Bool{read_bool(json)}};
  if (type == "M") return {AttributeValue::Map{read_map(json, depth + 1)}};
  if (type == "L") return read_list(json, depth + 1);
  if (type == "SS" || type == "NS" || type == "BS") return read_set(type, json);
  if (!read_bool(json))
    throw validation_fault(
        "One or more parameter values were invalid: Null attribute value types must have the value of true");
  return {AttributeValue::Null{}};
}

AttributeValue read_value(const Json& json, int depth) {
  if (depth > kMaxValueDepth) throw validation_fault("Nesting Levels have exceeded supported limits");
  if (!json.is_object()) throw ApiFault("SerializationException", "Unexpected value type in payload");
  const Json* found = nullptr;
  std::string_view found_type;
  for (const std::string_view type : kTypes) {
    const auto member = json.find(type);
    if (member == json.end() || member->is_null()) continue;
    if (found != nullptr)
      throw validation_fault(
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
          "datatypes");
    found = &*member;
    found_type = type;
  }
  if (found == nullptr)
    throw validation_fault("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  return read_typed(found_type, *found, depth);
}

/// Digits of a canonical number without sign, point, and leading or trailing zeros.
std::size_t number_size(std::string_view text) {
  return 1 + static_cast<std::size_t>(Decimal::parse(text).significant_digits() + 1) / 2 + (text[0] == '-' ? 1 : 0);
}

template <typename Set>
std::size_t members_size(const Set& set) {
  std::size_t size = 0;
  for (const std::string& member : set.value) size += member.size();
  return size;
}

struct SizeOf {
  std::size_t operator()(const AttributeValue::Null&) const { return 1; }
  std::size_t operator()(const AttributeValue::Bool&) const { return 1; }
  std::size_t operator()(const AttributeValue::String& v) const { return v.value.size(); }
  std::size_t operator()(const AttributeValue::Binary& v) const { return v.value.size(); }
  std::size_t operator()(const AttributeValue::Number& v) const { return number_size(v.value); }
  std::size_t operator()(const AttributeValue::StringSet& v) const { return members_size(v); }
  std::size_t operator()(const AttributeValue::BinarySet& v) const { return members_size(v); }
  std::size_t operator()(const AttributeValue::NumberSet& v) const {
    std::size_t size = 0;
    for (const std::string& member : v.value) size += number_size(member);
    return size;
  }
  std::size_t operator()(const AttributeValue::List& v) const {
    std::size_t size = 3 + v.value.size();
    for (const AttributeValue& element : v.value) size += size_of(element);
    return size;
  }
  std::size_t operator()(const AttributeValue::Map& v) const { return 3 + v.value.size() + size_of(v.value); }
};

void require_distinct(const std::vector<std::string>& sorted, std::string_view message) {
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) throw validation_fault(std::string(message));
}

void require_members(const std::vector<std::string>& members, std::string_view message) {
  if (members.empty()) throw validation_fault(fmt::format("One or more parameter values were invalid: {}", message));
}

}  // namespace

std::string_view type_of(const AttributeValue& value) {
  return kTypes[value.data.index()];
}

AttributeValue read_value(const Json& json) {
  return read_value(json, 0);
}

AttributeMap read_item(const Json& json) {
  return read_map(json, 0);
}

AttributeValue number_value(std::string_view text) {
  return {AttributeValue::Number{Decimal::parse(text).text()}};
}

void canonicalise_set(AttributeValue& value) {
  if (auto* texts = std::get_if<AttributeValue::StringSet>(&value.data)) {
    require_members(texts->value, "An string set  may not be empty");
    const std::string given = join(texts->value, ", ");
    std::sort(texts->value.begin(), texts->value.end());
    require_distinct(
        texts->value,
        fmt::format("One or more parameter values were invalid: Input collection [{}] contains duplicates.",
                    given.substr(0, 200)));
  } else if (auto* numbers = std::get_if<AttributeValue::NumberSet>(&value.data)) {
    require_members(numbers->value, "An number set  may not be empty");
    std::vector<std::pair<Decimal, std::string>> sorted;
    for (std::string& text : numbers->value) sorted.emplace_back(Decimal::parse(text), text);
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < sorted.size(); ++i) numbers->value[i] = std::move(sorted[i].second);
    require_distinct(numbers->value, "Input collection contains duplicates");
  } else if (auto* binaries = std::get_if<AttributeValue::BinarySet>(&value.data)) {
    require_members(binaries->value, "Binary sets should not be empty");
    std::sort(binaries->value.begin(), binaries->value.end());
    require_distinct(binaries->value,
                     "One or more parameter values were invalid: Input collection of type BS contains duplicates.");
  }
}

std::size_t size_of(const AttributeValue& value) {
  return std::visit(SizeOf{}, value.data);
}

std::size_t size_of(const AttributeMap& item) {
  std::size_t size = 0;
  for (const auto& [name, value] : item) size += name.size() + size_of(value);
  return size;
}

std::optional<std::strong_ordering> compare(const AttributeValue& a, const AttributeValue& b) {
  if (a.data.index() != b.data.index()) return std::nullopt;
  if (const auto* text = std::get_if<AttributeValue::String>(&a.data))
    return text->value.compare(std::get<AttributeValue::String>(b.data).value) <=> 0;
  if (const auto* bytes = std::get_if<AttributeValue::Binary>(&a.data))
    return bytes->value.compare(std::get<AttributeValue::Binary>(b.data).value) <=> 0;
  if (const auto* number = std::get_if<AttributeValue::Number>(&a.data))
    return Decimal::parse(number->value) <=> Decimal::parse(std::get<AttributeValue::Number>(b.data).value);
  return std::nullopt;
}

}  // namespace wsdeep::local

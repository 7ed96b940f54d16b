#include "local/api/json_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/error.h"
#include "local/api/fault.h"
#include "wire/attribute_json.h"

namespace wsdeep::local {
namespace {

/// What AWS's JSON reader calls the token that a value begins with.
std::string_view token_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return "STRING_VALUE";
    case Json::value_t::boolean:
      return value.get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
    case Json::value_t::object:
      return "START_OBJECT";
    case Json::value_t::array:
      return "START_ARRAY";
    case Json::value_t::number_float:
      return "DECIMAL_VALUE";
    default:
      return "NUMBER_VALUE";
  }
}

ApiFault cannot_convert(const Json& value, std::string_view target) {
  if (value.is_structured()) return {"SerializationException", "Start of structure or map found where not expected."};
  return {"SerializationException", fmt::format("{} can not be converted to {}", token_of(value), target)};
}

}  // namespace

JsonRequest::JsonRequest(const Json& object, std::string fault_type)
    : object_(object), fault_type_(std::move(fault_type)) {
  if (!object.is_object()) throw cannot_convert(object, "a structure");
}

const Json* JsonRequest::find(const char* name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void JsonRequest::miss(const char* name) const {
  std::string member(name);
  member[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(member[0])));
  throw ApiFault(fault_type_,
                 fmt::format("1 validation error detected: Value null at '{}' failed to satisfy constraint: "
                             "Member must not be null",
                             member));
}

std::string JsonRequest::text(const char* name) const {
  const Json* value = find(name);
  if (value == nullptr) miss(name);
  return json_text(*value);
}

std::string JsonRequest::text_or(const char* name, std::string_view fallback) const {
  const Json* value = find(name);
  return value == nullptr ? std::string(fallback) : json_text(*value);
}

std::optional<std::int64_t> JsonRequest::integer(const char* name) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) throw cannot_convert(*value, "Integer");
  // A double beyond the range of integers must not be cast; 2^53 is far above every limit that is checked afterwards.
  if (value->is_number_float()) {
    const double number = value->get<double>();
    return static_cast<std::int64_t>(std::min(std::max(number, -9007199254740992.0), 9007199254740992.0));
  }
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX) return INT64_MAX;
  return value->get<std::int64_t>();
}

bool JsonRequest::boolean(const char* name, bool fallback) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) throw cannot_convert(*value, "Boolean");
  return value->get<bool>();
}

const Json* JsonRequest::object(const char* name) const {
  const Json* value = find(name);
  if (value != nullptr && !value->is_object()) throw cannot_convert(*value, "a structure");
  return value;
}

const Json* JsonRequest::list(const char* name) const {
  const Json* value = find(name);
  if (value != nullptr && !value->is_array()) throw cannot_convert(*value, "a list");
  return value;
}

const Json& JsonRequest::required_object(const char* name) const {
  const Json* value = object(name);
  if (value == nullptr) miss(name);
  return *value;
}

const Json& JsonRequest::required_list(const char* name) const {
  const Json* value = list(name);
  if (value == nullptr) miss(name);
  return *value;
}

std::map<std::string, std::string> JsonRequest::texts(const char* name) const {
  std::map<std::string, std::string> out;
  const Json* value = object(name);
  if (value == nullptr) return out;
  for (const auto& [key, text] : value->items()) out.emplace(key, json_text(text));
  return out;
}

std::vector<std::string> JsonRequest::text_list(const char* name) const {
  std::vector<std::string> out;
  const Json* value = list(name);
  if (value == nullptr) return out;
  for (const Json& text : *value) out.push_back(json_text(text));
  return out;
}

const std::string& json_text(const Json& value) {
  if (!value.is_string()) throw cannot_convert(value, "String");
  return value.get_ref<const std::string&>();
}

std::string operation_of(const net::HttpRequest& request, std::string_view target_prefix) {
  const std::string target = net::header(request.headers, "X-Amz-Target").value_or("");
  const bool ours =
      target.starts_with(target_prefix) && target.size() > target_prefix.size() && target[target_prefix.size()] == '.';
  return ours ? target.substr(target_prefix.size() + 1) : "";
}

Json parse_body(std::string_view body) {
  if (body.empty()) return Json::object();
  try {
    Json json = wire::parse_json(body, "request", wire::kMaxAttributeJsonDepth);
    if (json.is_object()) return json;
  } catch (const Error&) {
    // Where the document breaks is of no use to a service's client: SDKs write it.
  }
  throw ApiFault("SerializationException", "Unable to parse the body as a JSON object");
}

}  // namespace wsdeep::local

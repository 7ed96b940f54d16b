#include "wire/json_fields.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/utf8.h"

namespace wsdeep::wire {
namespace {

/// Finds what nlohmann's parser lets pass: any depth, and a NUL byte, which it takes for the end of the text.
/// Returns what is wrong, or an empty text. Brackets are counted outside of strings only.
std::string find_hostile_structure(std::string_view text, std::size_t max_depth) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') return fmt::format("NUL at byte {}", i);
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return fmt::format("nested deeper than {} levels", max_depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return {};
}

/// The whole number in `value`, also when it is written as 3.0; nothing when it is none or does not fit.
std::optional<std::int64_t> whole_number(const Json& value) {
  constexpr double kLimit = 9223372036854774784.0;  // the largest double below 2^63
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number <= INT64_MAX ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (std::trunc(number) != number || std::abs(number) > kLimit) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what, std::size_t max_depth) {
  const auto fail = [&](std::string_view cause) {
    return Error(ErrorKind::kFailure, fmt::format("{}: {}", what, cause));
  };
  if (!is_utf8(text)) throw fail("not valid UTF-8");
  if (const std::string cause = find_hostile_structure(text, max_depth); !cause.empty()) throw fail(cause);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw fail(fmt::format("not JSON at byte {}", error.byte));
  } catch (const Json::exception&) {
    throw fail("a number is too large");
  }
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::null:
      return "null";
    default:
      return "something else";
  }
}

JsonFields::JsonFields(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (object.is_object()) return;
  const std::string where = path_.empty() ? "" : path_ + ": ";
  throw Error(ErrorKind::kFailure, fmt::format("{}expected an object, got {}", where, kind_of(object)));
}

const Json* JsonFields::find(std::string_view name) const {
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

const Json& JsonFields::require(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) fail(name, "missing");
  return *value;
}

std::string JsonFields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void JsonFields::fail(std::string_view name, std::string_view cause) const {
  throw Error(ErrorKind::kFailure, fmt::format("{}: {}", path_of(name), cause));
}

void JsonFields::fail_type(std::string_view name, std::string_view expected, const Json& got) const {
  fail(name, fmt::format("expected {}, got {}", expected, kind_of(got)));
}

std::string JsonFields::text(std::string_view name) const {
  const Json& value = require(name);
  if (!value.is_string()) fail_type(name, "a string", value);
  return value.get<std::string>();
}

std::int64_t JsonFields::integer(std::string_view name) const {
  const Json& value = require(name);
  if (!value.is_number()) fail_type(name, "an integer", value);
  const auto number = whole_number(value);
  if (!number) fail(name, "expected an integer of at most 64 bits");
  return *number;
}

double JsonFields::number(std::string_view name) const {
  const Json& value = require(name);
  if (!value.is_number()) fail_type(name, "a number", value);
  return value.get<double>();
}

bool JsonFields::boolean(std::string_view name) const {
  const Json& value = require(name);
  if (!value.is_boolean()) fail_type(name, "a boolean", value);
  return value.get<bool>();
}

JsonFields JsonFields::object(std::string_view name) const {
  return JsonFields(require(name), path_of(name));
}

const Json& JsonFields::list(std::string_view name) const {
  const Json& value = require(name);
  if (!value.is_array()) fail_type(name, "a list", value);
  return value;
}

std::vector<std::string> JsonFields::texts(std::string_view name) const {
  std::vector<std::string> out;
  for (const Json& value : list(name)) {
    if (!value.is_string()) fail_type(fmt::format("{}[{}]", name, out.size()), "a string", value);
    out.push_back(value.get<std::string>());
  }
  return out;
}

std::optional<std::string> JsonFields::text_if(std::string_view name) const {
  return find(name) ? std::optional(text(name)) : std::nullopt;
}
std::optional<std::int64_t> JsonFields::integer_if(std::string_view name) const {
  return find(name) ? std::optional(integer(name)) : std::nullopt;
}
std::optional<double> JsonFields::number_if(std::string_view name) const {
  return find(name) ? std::optional(number(name)) : std::nullopt;
}
std::optional<bool> JsonFields::boolean_if(std::string_view name) const {
  return find(name) ? std::optional(boolean(name)) : std::nullopt;
}
std::optional<JsonFields> JsonFields::object_if(std::string_view name) const {
  return find(name) ? std::optional(object(name)) : std::nullopt;
}
std::optional<std::vector<std::string>> JsonFields::texts_if(std::string_view name) const {
  return find(name) ? std::optional(texts(name)) : std::nullopt;
}

std::string JsonFields::text_or(std::string_view name, std::string_view fallback) const {
  return text_if(name).value_or(std::string(fallback));
}
std::int64_t JsonFields::integer_or(std::string_view name, std::int64_t fallback) const {
  return integer_if(name).value_or(fallback);
}
bool JsonFields::boolean_or(std::string_view name, bool fallback) const {
  return boolean_if(name).value_or(fallback);
}

}  // namespace wsdeep::wire

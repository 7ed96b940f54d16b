#include "llm/engine/engine_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "llm/engine/engine_json.h"
#include "llm/engine/error_table.h"
#include "wire/json_fields.h"
#include "wire/lenient_json.h"

namespace wsdeep::llm {
namespace {

using wire::Json;

constexpr std::size_t kMostColumns = 300;
constexpr std::size_t kMostFlaws = 5;

/// Where words stand, the best place first.
constexpr std::array<const char*, 12> kPlaces = {"message", "error",   "detail", "details",           "msg",
                                                 "errors",  "Message", "reason", "error_description", "description",
                                                 "fault",   "title"};

std::string words_in(const Json& value);

/// `{"loc": ["body", "top_k"], "msg": "extra fields not permitted"}`: FastAPI's way.
std::string place_of(const Json& flaw) {
  const Json* const place = member(flaw, "loc");
  if (place == nullptr || !place->is_array()) return {};
  std::string path;
  for (const Json& part : *place) {
    const std::string name = part.is_string() ? part.get<std::string>() : part.dump();
    path += path.empty() ? name : "." + name;
  }
  return path.empty() ? "" : path + ": ";
}

/// An error without words still has a name and a number.
std::string label_of(const Json& object) {
  const Json* const type = member(object, "type");
  const Json* const code = member(object, "code");
  std::string name = type != nullptr && type->is_string() ? type->get<std::string>() : "";
  if (code == nullptr || code->is_structured()) return name;
  const std::string number = code->is_string() ? code->get<std::string>() : code->dump();
  return name.empty() ? number : fmt::format("{} ({})", name, number);
}

std::string words_in_object(const Json& object) {
  for (const char* const place : kPlaces)
    if (const Json* const value = member(object, place))
      if (const std::string words = words_in(*value); !words.empty()) return place_of(object) + words;
  return label_of(object);
}

std::string words_in_list(const Json& list) {
  std::string words;
  for (std::size_t i = 0; i < std::min(list.size(), kMostFlaws); ++i) {
    const std::string one = words_in(list[i]);
    if (!one.empty()) words += words.empty() ? one : "; " + one;
  }
  return words;
}

std::string words_in(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) return words_in_object(value);
  return value.is_array() ? words_in_list(value) : "";
}

bool says_no_error(const Json& error) {
  return error.is_null() || error == false || error == 0 || error == "" || (error.is_structured() && error.empty());
}

/// Engines put an HTTP status into `code` or `status`; 0: into neither.
int status_in(const Json& error) {
  for (const char* const name : {"code", "status", "status_code"})
    if (const Json* const code = member(error, name); code != nullptr && code->is_number_integer())
      if (const auto status = code->get<std::int64_t>(); status >= 400 && status < 600) return static_cast<int>(status);
  return 0;
}

/// A class name in `type`, an identifier in `code`, gRPC's name in `status`: whatever there is.
std::string type_in(const Json& error) {
  std::string types;
  for (const char* const name : {"type", "error_type", "code", "status"})
    if (const Json* const type = member(error, name); type != nullptr && type->is_string())
      types += type->get<std::string>() + " ";
  return types;
}

/// Whether the document has anything that belongs to an answer.
bool is_part_of_answer(const Json& document) {
  const Json* const message = member(document, "message");
  if (message != nullptr && message->is_object()) return true;
  static constexpr std::array<const char*, 6> kNames = {"choices", "response", "done", "usage", "model", "id"};
  return std::any_of(kNames.begin(), kNames.end(), [&](const char* name) { return document.contains(name); });
}

/// `status`: of the answer, when that is one of an error.
EngineError error_of(const Json& error, const Json& document, int status = 0) {
  std::string words = words_in(error);
  if (words.empty()) words = words_in(document);
  const Json& object = error.is_object() ? error : document;
  const std::string type = type_in(object);
  return {fault_of({status == 0 ? status_in(object) : status, type, words}), one_line(words)};
}

/// The text of the first element `name` of a page.
std::string element_of(std::string_view page, std::string_view name) {
  const std::string lower = to_lower(page);
  std::size_t begin = lower.find(fmt::format("<{}", name));
  if (begin == std::string::npos) return {};
  begin = lower.find('>', begin);
  const std::size_t end = begin == std::string::npos ? begin : lower.find('<', begin);
  if (end == std::string::npos) return {};
  return std::string(trim(page.substr(begin + 1, end - begin - 1)));
}

std::string words_of_page(std::string_view page) {
  for (const std::string_view name : {"title", "h1", "p"})
    if (std::string words = element_of(page, name); !words.empty()) return words;
  return {};
}

}  // namespace

std::optional<EngineError> error_in(const Json& document, bool is_error_event) {
  if (is_error_event) return error_of(document, document);
  if (!document.is_object()) return std::nullopt;
  const auto error = document.find("error");
  if (error != document.end() && !says_no_error(*error)) return error_of(*error, document);
  const Json* const object = member(document, "object");
  if (object != nullptr && *object == "error") return error_of(document, document);
  if (error != document.end() || is_part_of_answer(document)) return std::nullopt;
  EngineError told = error_of(document, document);
  return told.words.empty() ? std::nullopt : std::optional(std::move(told));
}

EngineError error_of_body(int status, std::string_view body) {
  body = trim(body);
  if (body.starts_with('{'))
    if (const auto document = wire::read_lenient_json(body); document && document->is_object()) {
      const Json* const error = member(*document, "error");
      return error_of(error == nullptr ? *document : *error, *document, status);
    }
  std::string words = words_of_body(body);
  return {fault_of({status, "", words}), std::move(words)};
}

std::string words_of_body(std::string_view body) {
  body = trim(body);
  if (body.starts_with('{') || body.starts_with('['))
    if (const auto document = wire::read_lenient_json(body)) return one_line(words_in(*document));
  if (body.starts_with('<')) return one_line(words_of_page(body));
  return one_line(body.substr(0, body.find('\n')));
}

std::string one_line(std::string_view words) {
  std::string line = strip_control(well_formed_utf8(words));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return cut_end(std::string(trim(line)), kMostColumns);
}

}  // namespace wsdeep::llm

#include "wire/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "base/encoding.h"
#include "base/text.h"
#include "base/utf8.h"
#include "wire/json_fields.h"

namespace wsdeep::wire {

std::string json_string(std::string_view text) {
  if (!is_utf8(text)) return dump_json(text);
  std::string out = "\"";
  out += json_escape(text);
  out += '"';
  return out;
}

std::string json_number(double number) {
  return std::isfinite(number) ? fmt::format("{}", number) : "null";
}

JsonObject& JsonObject::add_json(std::string_view name, std::string_view json) {
  if (text_.size() > 1) text_ += ',';
  text_ += json_string(name);
  text_ += ':';
  text_ += json;
  return *this;
}

std::string json_list(const std::vector<std::string>& values) {
  return "[" + join(values, ",") + "]";
}

std::string json_strings(const std::vector<std::string>& texts) {
  std::vector<std::string> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(json_string(text));
  return json_list(values);
}

}  // namespace wsdeep::wire

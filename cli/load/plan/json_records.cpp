#include "load/plan/json_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/json_text.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kMaxRecordDepth = 64;
constexpr std::string_view kJsonBlanks = " \t\r\n";

nlohmann::json parse_record(const SourceFile& file, std::string_view text) {
  const auto begin = static_cast<std::size_t>(text.data() - file.text().data());
  try {
    return wire::read_json(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw file.fault(begin + (error.byte == 0 ? 0 : error.byte - 1), "not JSON");
  } catch (const nlohmann::json::exception&) {
    throw file.fault(begin, "a number is too large");
  }
}

}  // namespace

JsonRecord::JsonRecord(const SourceFile& file, std::string_view text)
    : file_(file), text_(text), json_(parse_record(file, text)) {
  if (!json_.is_object()) throw fault("", "expected an object");
}

const nlohmann::json* JsonRecord::find(std::string_view name) const {
  const auto found = json_.find(name);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json& JsonRecord::require(std::string_view name, std::string_view expected) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) throw fault("", fmt::format("'{}' is missing: expected {}", name, expected));
  return *value;
}

std::int64_t JsonRecord::integer(std::string_view name, std::int64_t low, std::int64_t high) const {
  const std::string expected = fmt::format("a whole number from {} to {}", low, high);
  const nlohmann::json& value = require(name, expected);
  const bool whole =
      value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!whole || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high)
    throw fault(name, fmt::format("'{}' must be {}", name, expected));
  return value.get<std::int64_t>();
}

double JsonRecord::number(std::string_view name) const {
  const nlohmann::json& value = require(name, "a number");
  if (!value.is_number()) throw fault(name, fmt::format("'{}' must be a number", name));
  return value.get<double>();
}

const nlohmann::json& JsonRecord::list(std::string_view name) const {
  const nlohmann::json& value = require(name, "a list");
  if (!value.is_array()) throw fault(name, fmt::format("'{}' must be a list", name));
  return value;
}

std::size_t JsonRecord::begin() const {
  return static_cast<std::size_t>(text_.data() - file_.text().data());
}

Error JsonRecord::fault(std::string_view name, const std::string& cause) const {
  const std::size_t member = name.empty() ? 0 : text_.find(fmt::format("\"{}\"", name));
  return file_.fault(begin() + (member == std::string_view::npos ? 0 : member), cause);
}

JsonRecords::JsonRecords(const SourceFile& file) : file_(file), text_(file.text()) {
  at_ = skip_blanks(0);
  is_list_ = text_.substr(at_).starts_with('[');
  if (is_list_) open_list();
}

void JsonRecords::open_list() {
  at_ = skip_blanks(at_ + 1);
  if (text_.substr(at_).starts_with(']')) close_list();
}

void JsonRecords::close_list() {
  closed_ = true;
  if (const std::size_t rest = skip_blanks(++at_); rest < text_.size())
    throw file_.fault(rest, "expected nothing behind the list");
}

std::optional<JsonRecord> JsonRecords::next() {
  const auto text = is_list_ ? next_element() : next_line();
  if (!text) return std::nullopt;
  return JsonRecord(file_, *text);
}

std::optional<std::string_view> JsonRecords::next_line() {
  at_ = skip_blanks(at_);
  if (at_ == text_.size()) return std::nullopt;
  const std::size_t end = end_of_value(at_, "\n");
  const std::string_view line = text_.substr(at_, end - at_);
  at_ = end;
  return line;
}

std::optional<std::string_view> JsonRecords::next_element() {
  if (closed_) return std::nullopt;
  at_ = skip_blanks(at_);
  const std::size_t end = end_of_value(at_, ",]");
  if (end == text_.size()) throw file_.fault(end, "the file ends within its list");
  const std::string_view element = text_.substr(at_, end - at_);
  if (element.empty()) throw file_.fault(end, "expected an object");
  at_ = end;
  if (text_[end] == ']')
    close_list();
  else
    ++at_;
  return element;
}

std::size_t JsonRecords::skip_blanks(std::size_t at) const {
  return std::min(text_.find_first_not_of(kJsonBlanks, at), text_.size());
}

/// Where the value that begins at `from` ends: at the first of `ends` that stands in no string and no bracket.
std::size_t JsonRecords::end_of_value(std::size_t from, std::string_view ends) const {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = from; at < text_.size(); ++at) {
    const char c = text_[at];
    if (c == '\0') throw file_.fault(at, "a NUL byte");
    if (c == '\n' && ends == "\n") return at;
    if (in_string) {
      if (c == '\\')
        ++at;
      else
        in_string = c != '"';
    } else if (depth == 0 && ends.find(c) != std::string_view::npos) {
      return at;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxRecordDepth)
        throw file_.fault(at, fmt::format("nested deeper than {} levels", kMaxRecordDepth));
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return text_.size();
}

}  // namespace wsdeep::load

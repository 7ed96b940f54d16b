#include "users/user_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/utf8.h"
#include "users/password_policy.h"
#include "wire/json_text.h"

namespace wsdeep::users {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRecordBytes = 64 << 10;
constexpr std::size_t kMaxNameLength = 128;
constexpr std::size_t kShownGroup = 40;
constexpr int kEnd = std::char_traits<char>::eof();

/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
constexpr std::array<std::string_view, 19> kStandardAttributes = {
    "address", "birthdate",   "email",   "email_verified",     "family_name",  "gender",  "given_name",
    "locale",  "middle_name", "name",    "nickname",           "phone_number", "picture", "phone_number_verified",
    "profile", "updated_at",  "website", "preferred_username", "zoneinfo"};
constexpr std::array<std::string_view, 4> kOwnColumns = {"username", "password", "groups", "temporary"};

bool is_own_column(std::string_view name) {
  return std::find(kOwnColumns.begin(), kOwnColumns.end(), name) != kOwnColumns.end();
}

std::vector<std::string> all_names() {
  std::vector<std::string> names(kOwnColumns.begin(), kOwnColumns.end());
  names.insert(names.end(), kStandardAttributes.begin(), kStandardAttributes.end());
  return names;
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
}

std::string unknown_name(const std::string& name) {
  const auto near = closest(name, all_names());
  return fmt::format("unknown column '{}'{}", printable(name), near ? fmt::format(", did you mean '{}'?", *near) : "");
}

/// The column of the n-th byte (from 0) of a line.
std::size_t column_of_byte(std::string_view line, std::size_t byte) {
  std::size_t column = 1;
  for (std::size_t i = 0; i < std::min(byte, line.size()); ++i)
    if ((static_cast<unsigned char>(line[i]) & 0xC0) != 0x80) ++column;
  return column;
}

std::size_t column_of_member(const std::string& line, const std::string& name) {
  const std::size_t at = line.find('"' + name + '"');
  return at == std::string::npos ? 1 : column_of_byte(line, at);
}

/// A JSON value as the text that CSV would have for it; nothing for what has no such text.
std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> parts;
  for (const json& part : value) {
    if (!part.is_string() || part.get_ref<const std::string&>().find(';') != std::string::npos) return std::nullopt;
    parts.push_back(part.get<std::string>());
  }
  return join(parts, ";");
}

}  // namespace

bool is_attribute_name(std::string_view name) {
  return (name.starts_with("custom:") && name.size() > 7) ||
         std::find(kStandardAttributes.begin(), kStandardAttributes.end(), name) != kStandardAttributes.end();
}

bool is_username(const std::string& name) {
  return !name.empty() && !has_blank_or_control(name) && utf8_length(name) <= kMaxNameLength;
}

bool is_email(std::string_view text) {
  constexpr std::size_t kLongest = 254;  // RFC 5321 §4.5.3.1.3
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.size() > kLongest || has_blank_or_control(text)) return false;
  const std::string_view domain = text.substr(at + 1);
  const bool dotted = domain.find("..") == std::string_view::npos && !domain.starts_with('.') && !domain.ends_with('.');
  return !domain.empty() && dotted && domain.find('@') == std::string_view::npos;
}

std::string attribute_fault(std::string_view name, std::string_view value) {
  constexpr std::size_t kLongest = 2048;
  if (name == "email" && !is_email(value)) return "not an e-mail address";
  if (name == "phone_number" && !is_phone_number(value)) return "not a phone number such as +15550001234";
  return utf8_length(value) > kLongest ? fmt::format("longer than {} characters", kLongest) : "";
}

bool is_phone_number(std::string_view text) {
  constexpr std::size_t kMostDigits = 15;
  const bool starts = text.size() >= 3 && text.size() <= kMostDigits + 1 && text[0] == '+' && text[1] != '0';
  return starts && std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

UserReader::UserReader(std::istream& in, std::string name, UserFormat format, UserRules rules)
    : in_(in), name_(std::move(name)), format_(format), rules_(std::move(rules)) {
  if (in_.peek() == 0xEF)
    for (int i = 0; i < 3; ++i) in_.get();
  if (format_ == UserFormat::kCsv) read_column_names();
}

std::optional<NewUser> UserReader::next() {
  if (format_ == UserFormat::kJsonLines) return next_json();
  std::optional<Record> record;
  // A line with nothing on it is not a record.
  do {
    record_line_ = line_;
    record = read_record();
  } while (record && record->size() == 1 && record->front().text.empty());
  if (!record) return std::nullopt;
  return user_of(*record);
}

Error UserReader::fault(std::uint64_t line, std::size_t column, const std::string& cause) const {
  return {ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", name_, line, column, cause)};
}

Error UserReader::fault_in(const std::string& field, const std::string& cause) const {
  const auto found = fields_.find(field);
  return found == fields_.end() ? fault(record_line_, 1, cause) : fault_at(found->second, cause);
}

Error UserReader::fault_at(const Field& field, const std::string& cause) const {
  return fault(field.line, field.column, cause);
}

int UserReader::take() {
  const int c = in_.get();
  if (c == kEnd) return c;
  if (++record_bytes_ > kMaxRecordBytes) {
    record_bytes_ = 0;
    skip_record();
    throw fault(record_line_, 1, fmt::format("a record of more than {} bytes", kMaxRecordBytes));
  }
  if (c == '\n') {
    ++line_;
    column_ = 1;
  } else if ((c & 0xC0) != 0x80) {
    ++column_;
  }
  return c;
}

/// Goes to the next line, so that one broken record does not take the rest of the file with it.
void UserReader::skip_record() {
  for (int c = in_.get(); c != kEnd && c != '\n'; c = in_.get()) {
  }
  ++line_;
  column_ = 1;
}

std::optional<UserReader::Record> UserReader::read_record() {
  record_bytes_ = 0;
  if (in_.peek() == kEnd) return std::nullopt;
  Record record(1, Field{{}, line_, column_});
  for (;;) {
    record_end_ = {{}, line_, column_};
    const int c = take();
    Field& field = record.back();
    if (c == '"' && field.text.empty()) {
      read_quoted(field);
    } else if (c == ',') {
      record.push_back({{}, line_, column_});
    } else if (c == '\n' || c == kEnd || (c == '\r' && in_.peek() == '\n')) {
      if (c == '\r') take();
      return record;
    } else {
      field.text += static_cast<char>(c);
    }
  }
}

/// Behind the opening quote, to behind the closing one.
void UserReader::read_quoted(Field& field) {
  for (;;) {
    const int c = take();
    if (c == kEnd) throw fault_at(field, "a quote is opened here and never closed");
    if (c != '"') {
      field.text += static_cast<char>(c);
    } else if (in_.peek() == '"') {
      field.text += static_cast<char>(take());
    } else {
      const int next = in_.peek();
      if (next == ',' || next == '\n' || next == '\r' || next == kEnd) return;
      const Error error = fault(line_, column_, "expected a comma or the end of the line behind a quote");
      skip_record();
      throw error;
    }
  }
}

void UserReader::read_column_names() {
  const auto names = read_record();
  if (!names) throw fault(1, 1, "no line of column names: the file is empty");
  for (const Field& field : *names) {
    const std::string name(trim(field.text));
    if (!is_own_column(name) && !is_attribute_name(name)) throw fault_at(field, unknown_name(name));
    if (std::find(columns_.begin(), columns_.end(), name) != columns_.end())
      throw fault_at(field, fmt::format("column '{}' comes twice", name));
    columns_.push_back(name);
  }
  if (std::find(columns_.begin(), columns_.end(), "username") == columns_.end())
    throw fault(1, 1, "no column 'username'");
}

NewUser UserReader::user_of(const Record& record) {
  fields_.clear();
  if (record.size() > columns_.size())
    throw fault_at(record[columns_.size()],
                   fmt::format("{} fields, but only {} columns", record.size(), columns_.size()));
  if (record.size() < columns_.size())
    throw fault_at(record_end_, fmt::format("{} field{}, but {} columns", record.size(), record.size() == 1 ? "" : "s",
                                            columns_.size()));
  NewUser user;
  for (std::size_t i = 0; i < record.size(); ++i)
    if (!record[i].text.empty()) set_value(user, columns_[i], record[i]);
  check(user, record.front());
  return user;
}

std::optional<NewUser> UserReader::next_json() {
  std::string line;
  do {
    record_line_ = line_;
    record_bytes_ = 0;
    line.clear();
    if (in_.peek() == kEnd) return std::nullopt;
    for (int c = take(); c != kEnd && c != '\n'; c = take()) line += static_cast<char>(c);
  } while (trim(line).empty());
  return user_of_json(line);
}

NewUser UserReader::user_of_json(const std::string& line) {
  fields_.clear();
  json object;
  try {
    object = wire::read_json(line);
  } catch (const json::parse_error& error) {
    throw fault(record_line_, column_of_byte(line, error.byte == 0 ? 0 : error.byte - 1), "not JSON");
  }
  if (!object.is_object()) throw fault(record_line_, 1, "expected an object");
  NewUser user;
  const auto set_all = [&](const json& members) {
    for (const auto& [name, value] : members.items()) {
      if (name == "attributes" || value.is_null()) continue;
      const std::size_t column = column_of_member(line, name);
      const auto text = text_of(value);
      if (!text) throw fault(record_line_, column, fmt::format("'{}' has a value of the wrong type", name));
      if (!text->empty()) set_value(user, name, {*text, record_line_, column});
    }
  };
  set_all(object);
  if (const auto more = object.find("attributes"); more != object.end()) {
    if (!more->is_object()) throw fault(record_line_, column_of_member(line, "attributes"), "expected an object");
    set_all(*more);
  }
  check(user, {{}, record_line_, 1});
  return user;
}

void UserReader::set_value(NewUser& user, const std::string& name, const Field& value) {
  fields_[name] = {{}, value.line, value.column};
  if (!is_utf8(value.text)) throw fault_at(value, "not UTF-8");
  if (name == "username") {
    if (!is_username(value.text))
      throw fault_at(value, fmt::format("a user name has 1 to {} characters and no blanks", kMaxNameLength));
    user.username = value.text;
  } else if (name == "password") {
    if (const auto missing = missing_from(rules_.password, value.text); !missing.empty())
      throw fault_at(value,
                     fmt::format("the password does not keep the pool's policy: it needs {}", join(missing, ", ")));
    user.password = value.text;
  } else if (name == "groups") {
    set_groups(user, value);
  } else if (name == "temporary") {
    if (value.text != "true" && value.text != "false") throw fault_at(value, "expected true or false");
    user.temporary = value.text == "true";
  } else if (is_attribute_name(name)) {
    check_attribute(name, value);
    user.attributes[name] = value.text;
  } else {
    throw fault_at(value, unknown_name(name));
  }
}

void UserReader::set_groups(NewUser& user, const Field& value) const {
  for (const std::string_view part : split(value.text, ';')) {
    const std::string group(trim(part));
    if (group.empty()) continue;
    if (rules_.has_group && !rules_.has_group(group))
      throw fault_at(value, fmt::format("the pool has no group '{}'", cut_middle(strip_control(group), kShownGroup)));
    user.groups.push_back(group);
  }
}

void UserReader::check_attribute(const std::string& name, const Field& value) const {
  if (value.text.size() != strip_control(value.text).size())
    throw fault_at(value, fmt::format("a control character in '{}'", name));
  if (const std::string fault = attribute_fault(name, value.text); !fault.empty()) throw fault_at(value, fault);
}

void UserReader::check(const NewUser& user, const Field& at) const {
  if (user.username.empty()) throw fault_at(at, "no username");
}

}  // namespace wsdeep::users

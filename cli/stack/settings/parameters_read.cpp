// Parameter files come in three forms (contract §7). JSON is YAML too, so one parser reads CloudFormation's list and
// the plain maps. samconfig.toml is read for one thing, `parameter_overrides` of `[ENVIRONMENT.deploy.parameters]`: a
// string or a list of strings, whose content SAM splits like a shell, `Key="a value" Other=1`. The reader below knows
// the TOML that samconfig files are written in (tables, strings of both kinds, lists of strings, comments) and skips
// the rest.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/display.h"
#include "base/text.h"
#include "base/utf8.h"
#include "stack/settings/parameters.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

constexpr YamlLimits kLimits{1 << 20, 20, 20'000};

[[noreturn]] void fail(const std::string& file, Position at, std::string_view cause) {
  throw Error(ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", file, at.line, at.column, cause));
}

/// A scalar, or a list of them, which CloudFormation takes with commas.
std::string value_text(const YamlNode& node, const std::string& file) {
  if (node.is_scalar()) return node.value;
  if (!node.is_sequence()) fail(file, node.at, "expected a value or a list of values");
  std::vector<std::string> parts;
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) fail(file, item.at, "expected a value");
    parts.push_back(item.value);
  }
  return join(parts, ",");
}

bool keeps_previous(const YamlNode& item, const std::string& file) {
  const YamlNode* previous = item.find("UsePreviousValue");
  if (previous == nullptr) return false;
  const std::string word = to_lower(previous->value);
  if (!previous->is_scalar() || (word != "true" && word != "false"))
    fail(file, previous->at, "UsePreviousValue is true or false");
  return word == "true";
}

/// Which of two values was meant nobody can tell.
void add_once(std::vector<Parameter>& parameters, Parameter added, const std::string& place) {
  for (const Parameter& one : parameters) {
    if (one.key != added.key) continue;
    if (one == added) return;
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: the parameter '{}' is there twice, with different values", place, added.key));
  }
  parameters.push_back(std::move(added));
}

std::vector<Parameter> read_list(const YamlNode& list, const std::string& file) {
  std::vector<Parameter> parameters;
  for (const YamlNode& item : list.items) {
    const YamlNode* key = item.find("ParameterKey");
    const YamlNode* value = item.find("ParameterValue");
    const bool previous = keeps_previous(item, file);
    if (key == nullptr || (value == nullptr && !previous))
      fail(file, item.at, "expected ParameterKey and ParameterValue, or UsePreviousValue");
    if (previous && value != nullptr && !value_text(*value, file).empty())
      fail(file, value->at, fmt::format("'{}' has both a value and UsePreviousValue", key->value));
    add_once(parameters, {key->value, previous ? "" : value_text(*value, file), previous},
             fmt::format("{}:{}:{}", file, item.at.line, item.at.column));
  }
  return parameters;
}

std::vector<Parameter> read_yaml(std::string_view text, const std::string& file) {
  const YamlDocument document = parse_yaml(text, file, kLimits);
  if (has_errors(document.problems)) fail(file, document.problems.front().at, document.problems.front().message);
  if (document.root.is_sequence()) return read_list(document.root, file);
  if (!document.root.is_map()) fail(file, {1, 1}, "expected a map of parameters or CloudFormation's list");
  std::vector<Parameter> parameters;
  for (const YamlEntry& entry : document.root.entries)
    add_once(parameters, {entry.key.value, value_text(entry.value, file)},
             fmt::format("{}:{}:{}", file, entry.key.at.line, entry.key.at.column));
  return parameters;
}

/// Reads the text of a samconfig.toml front to back.
class TomlReader {
 public:
  TomlReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  /// The strings of `key` in `table`, or nothing when there is no such table or key.
  std::optional<std::vector<std::string>> strings(std::string_view table, std::string_view key) {
    std::string_view current;
    for (at_ = 0; at_ < text_.size(); next_line()) {
      skip_blanks();
      if (peek() == '[') {
        current = trim(line().substr(0, line().find(']')).substr(1));
      } else if (current == table && trim(line().substr(0, line().find('='))) == key) {
        at_ += line().find('=') + 1;
        return read_value();
      }
    }
    return std::nullopt;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::string_view line() const { return text_.substr(at_, text_.find('\n', at_) - at_); }
  void next_line() { at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
  }
  /// Inside of a list: line ends and comments too.
  void skip_space() {
    for (skip_blanks(); peek() == '\n' || peek() == '#'; skip_blanks()) next_line();
  }
  Position position() const {
    const std::string_view before = text_.substr(0, at_);
    const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    return {lines + 1, at_ - (before.rfind('\n') + 1) + 1};
  }

  std::vector<std::string> read_value() {
    skip_blanks();
    if (peek() != '[') return {read_string()};
    ++at_;
    std::vector<std::string> items;
    for (skip_space(); peek() != ']'; skip_space()) {
      items.push_back(read_string());
      skip_space();
      if (peek() == ',') ++at_;
    }
    return items;
  }

  std::string read_string() {
    const char quote = peek();
    if (quote != '"' && quote != '\'') fail(file_, position(), "expected a string");
    std::string out;
    for (++at_; peek() != quote; ++at_) {
      if (peek() == '\0' || peek() == '\n') fail(file_, position(), "the string does not end");
      if (quote == '"' && peek() == '\\')
        out += escaped();
      else
        out += peek();
    }
    ++at_;
    return out;
  }

  char escaped() {
    ++at_;
    switch (peek()) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case '"':
      case '\\':
        return peek();
      default:
        fail(file_, position(), "an escape that parameters have no use for");
    }
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

/// One word of a shell-like line, quotes removed; `rest` is what follows it.
std::string take_word(std::string_view& rest) {
  std::string word;
  char quote = '\0';
  std::size_t i = 0;
  for (; i < rest.size() && (quote != '\0' || (rest[i] != ' ' && rest[i] != '\n' && rest[i] != '\t')); ++i) {
    const char c = rest[i];
    if (c == '\\' && quote != '\'' && i + 1 < rest.size()) {
      const char next = rest[++i];
      word += next == 'n' ? '\n' : next == 't' ? '\t' : next;
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      word += c;
    }
  }
  rest.remove_prefix(i);
  return word;
}

/// `Key=Value`, or `ParameterKey=Key,ParameterValue=Value` of older files.
Parameter split_override(const std::string& word, const std::string& file) {
  constexpr std::string_view kKey = "ParameterKey=", kValue = ",ParameterValue=";
  const std::size_t value = word.find(kValue);
  if (word.starts_with(kKey) && value != std::string::npos)
    return {word.substr(kKey.size(), value - kKey.size()), word.substr(value + kValue.size())};
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(ErrorKind::kUsage, fmt::format("{}: expected Key=Value in parameter_overrides, got '{}'", file, word));
  return {word.substr(0, equals), word.substr(equals + 1)};
}

std::vector<Parameter> read_samconfig(std::string_view text, const std::string& file, std::string_view environment) {
  TomlReader reader(text, file);
  std::optional<std::vector<std::string>> overrides;
  for (const std::string_view name : {environment, std::string_view("default")})
    if (!overrides && !name.empty())
      overrides = reader.strings(fmt::format("{}.deploy.parameters", name), "parameter_overrides");
  if (!overrides)
    throw Error(ErrorKind::kUsage, fmt::format("{}: no parameter_overrides in [{}.deploy.parameters]", file,
                                               environment.empty() ? "default" : environment));
  std::vector<Parameter> parameters;
  for (const std::string& line : *overrides)
    for (std::string_view rest = trim(line); !rest.empty(); rest = trim(rest))
      add_once(parameters, split_override(take_word(rest), file), file);
  return parameters;
}

/// A table head such as `[dev.deploy.parameters]`, or samconfig's version, which no YAML map of parameters has.
bool looks_like_toml(std::string_view text, const std::string& file) {
  if (file.ends_with(".toml")) return true;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    const bool table = line.starts_with('[') && line.ends_with(']') && line.find('.') != std::string_view::npos &&
                       line.find_first_of("\"'{") == std::string_view::npos;
    return table || (line.starts_with("version") && line.find('=') != std::string_view::npos);
  }
  return false;
}

}  // namespace

std::vector<Parameter> read_parameters(std::string_view text, const std::string& file, std::string_view environment) {
  if (text.size() > kLimits.bytes || !is_utf8(text))
    throw Error(ErrorKind::kUsage, fmt::format("{}: not UTF-8 text of at most {}", file, human_bytes(kLimits.bytes)));
  return looks_like_toml(text, file) ? read_samconfig(text, file, environment) : read_yaml(text, file);
}

}  // namespace wsdeep::stack

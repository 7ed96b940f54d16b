// SAM CLI reads `parameter_overrides` with two regular expressions, and what they do not match it passes over:
//
//   A=1 B="two words" C='three' D=a\ b        four parameters; \" \' and a backslash before a blank lose the backslash
//   ParameterKey=A,ParameterValue=1           where this form occurs, everything else in the string is skipped
//   A="x"y  A=  A-1=x  A=x"y"  A=1<newline>B=2    y is lost; no A at all; no A-1; "y" is lost; A is "1<newline>B=2"
//
// The first two lines are read as SAM reads them; for the third nobody can have meant what SAM makes of it, so it is
// refused. Values are not unescaped further: \n stays a backslash and an n.

#include "stack/settings/samconfig.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kOverrides = "parameter_overrides";
constexpr std::string_view kLongKey = "ParameterKey=", kLongValue = ",ParameterValue=";

struct OverridePlace {
  const std::string& file;
  Position at;

  [[noreturn]] void fail(const std::string& cause, const std::string& hint = {}) const {
    throw Error(ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", file, at.line, at.column, cause), hint);
  }
};

bool is_parameter_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

void replace_each(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// One string of overrides, word by word.
class OverrideReader {
 public:
  OverrideReader(std::string_view text, const OverridePlace& place) : rest_(trim(text)), place_(place) {}

  void read_into(std::vector<Parameter>& parameters) {
    const bool long_form = rest_.find(kLongKey) != std::string_view::npos;
    for (skip_blanks(); !rest_.empty(); skip_blanks()) {
      if (rest_.starts_with("file://"))
        place_.fail("a file:// among the overrides is not followed", "pass that file with --parameters too");
      if (long_form != rest_.starts_with(kLongKey)) fail_mixed();
      std::string key = take_key(long_form);
      add_parameter_once(parameters, {key, take_value(key)}, place_.file, place_.at);
    }
  }

 private:
  /// Only blanks part words; a line break is one where it stands between blanks.
  void skip_blanks() {
    std::size_t end = rest_.find_first_not_of(" \t\r\n");
    if (end == std::string_view::npos) end = rest_.size();
    if (!started_ || end == rest_.size() || rest_.substr(0, end).ends_with(' ')) {
      rest_.remove_prefix(end);
      started_ = true;
      return;
    }
    fail_line_break();
  }

  [[noreturn]] void fail_line_break() const {
    place_.fail("a line break or tab in parameter_overrides: SAM CLI takes it as a part of the value",
                "write a list of strings, one a parameter, or end each line but the last with a blank and a backslash");
  }
  [[noreturn]] void fail_mixed() const {
    place_.fail("Key=Value and ParameterKey=…,ParameterValue=… in one string: SAM CLI reads only the second form",
                "write all of them as Key=Value");
  }
  [[noreturn]] void fail_word() const {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r\n"));
    place_.fail(fmt::format("expected Key=Value in parameter_overrides, got {}", quote_value(word)),
                "a key is made of letters and digits; a value with blanks stands in quotes: Key=\"two words\"");
  }

  std::string take_key(bool long_form) {
    const std::string_view text = rest_.substr(long_form ? kLongKey.size() : 0);
    const std::string_view mark = long_form ? kLongValue : "=";
    const std::size_t end = text.find(mark);
    if (end == std::string_view::npos) fail_word();
    std::string_view key = text.substr(0, end);
    if (key.size() > 2 && key.front() == key.back() && (key.front() == '"' || key.front() == '\''))
      key = key.substr(1, key.size() - 2);
    if (!is_parameter_name(key)) fail_word();
    rest_ = text.substr(end + mark.size());
    return std::string(key);
  }

  std::string take_value(const std::string& key) {
    const char first = rest_.empty() ? ' ' : rest_.front();
    const bool quoted = first == '"' || first == '\'';
    const std::size_t end = quoted ? end_of_quoted(key, first) : end_of_bare(key);
    if (end == 0)
      place_.fail(fmt::format("'{}' has no value: SAM CLI passes over it", key), fmt::format("write {}=\"\"", key));
    std::string value(quoted ? rest_.substr(1, end - 2) : rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (!rest_.empty() && rest_.front() != ' ') {
      if (rest_.find_first_of("\t\r\n") == 0) fail_line_break();
      place_.fail(fmt::format("text behind the closing quote of '{}': SAM CLI loses it", key),
                  "put a blank behind the quote, or \\\" inside of it");
    }
    for (const auto& [from, to] : {std::pair("\\ ", " "), std::pair("\\\"", "\""), std::pair("\\'", "'")})
      replace_each(value, from, to);
    return value;
  }

  std::size_t end_of_quoted(const std::string& key, char quote) const {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) return i + 1;
      if (rest_[i] == '\\') i = end_of_escape(key, i) - 1;
    }
    place_.fail(fmt::format("the quote of '{}' does not end", key));
  }

  std::size_t end_of_bare(const std::string& key) const {
    std::size_t i = 0;
    while (i < rest_.size() && rest_[i] != ' ') {
      if (rest_[i] == '"')
        place_.fail(fmt::format("a quote inside of the value of '{}': SAM CLI loses what follows", key),
                    fmt::format("quote the whole value, with \\\" inside: {}=\"…\"", key));
      if (rest_.find_first_of("\t\r\n", i) == i) fail_line_break();
      i = rest_[i] == '\\' ? end_of_escape(key, i) : i + 1;
    }
    return i;
  }

  std::size_t end_of_escape(const std::string& key, std::size_t at) const {
    if (at + 1 < rest_.size() && rest_[at + 1] != '\n') return at + 2;
    place_.fail(fmt::format("the value of '{}' ends with a backslash, which SAM CLI cannot read", key));
  }

  std::string_view rest_;
  const OverridePlace& place_;
  bool started_ = false;
};

/// SAM makes Python values of what has no quotes, and text of those again: true becomes True, 1.50 becomes 1.5, 010
/// becomes 10 or 8. A whole number as Python writes it stays what it is.
bool keeps_its_text(const YamlNode& scalar) {
  if (!scalar.plain) return true;
  const std::string word = to_lower(scalar.value);
  for (const char* special : {"true", "false", "null", "~", "yes", "no", "on", "off", "inf", "nan"})
    if (word == special) return false;
  if (const auto number = parse_integer(word, INT64_MIN, INT64_MAX)) return fmt::format("{}", *number) == word;
  return word.find_first_of("0123456789+-.") != 0 || word.find_first_not_of("0123456789abcdef_xo.:+-tz ") != word.npos;
}

std::string table_value(const YamlNode& node, const OverridePlace& place, const std::string& key) {
  if (node.is_sequence()) {
    std::vector<std::string> parts;
    for (const YamlNode& item : node.items) parts.push_back(table_value(item, {place.file, item.at}, key));
    return join(parts, ",");
  }
  if (!node.is_scalar())
    place.fail(fmt::format("expected text for '{}'", key), "write a value in quotes, or a list of such");
  if (!keeps_its_text(node))
    place.fail(fmt::format("{} for '{}' has no quotes: tools make different texts of it", quote_value(node.value), key),
               fmt::format("put it in quotes: \"{}\"", node.value));
  return node.value;
}

void read_override_table(const YamlNode& table, const std::string& file, std::vector<Parameter>& parameters) {
  for (const YamlEntry& entry : table.entries) {
    const OverridePlace place{file, entry.value.is_null() ? entry.key.at : entry.value.at};
    if (!is_parameter_name(entry.key.value))
      place.fail(fmt::format("{} is no name of a parameter", quote_value(entry.key.value)), "letters and digits only");
    add_parameter_once(parameters, {entry.key.value, table_value(entry.value, place, entry.key.value)}, file, place.at);
  }
}

std::vector<Parameter> read_override_values(const YamlNode& overrides, const std::string& file) {
  std::vector<Parameter> parameters;
  const auto read_one = [&](const YamlNode& node) {
    const OverridePlace place{file, node.at};
    if (node.is_map()) return read_override_table(node, file, parameters);
    if (!node.is_scalar()) place.fail("expected a string, such as \"Key=Value\"");
    OverrideReader(node.value, place).read_into(parameters);
  };
  if (overrides.is_sequence())
    std::for_each(overrides.items.begin(), overrides.items.end(), read_one);
  else
    read_one(overrides);
  return parameters;
}

std::vector<std::string> samconfig_environments(const YamlNode& root) {
  std::vector<std::string> names;
  for (const YamlEntry& entry : root.entries)
    if (entry.value.is_map()) names.push_back(entry.key.value);
  return names;
}

/// The section that the environment's command has, or nullptr.
const YamlNode* command_section(const YamlNode& environment, std::string_view command) {
  const YamlNode* found = environment.find(command);
  return found == nullptr ? nullptr : found->find("parameters");
}

/// An environment of another name may not silently get the values of `default`: they may be another stage's.
std::string choose_samconfig_environment(const YamlNode& root, const std::string& file, std::string_view wanted) {
  const std::vector<std::string> names = samconfig_environments(root);
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (!wanted.empty() && has(wanted)) return std::string(wanted);
  if (has("default") && (wanted.empty() || names.size() == 1)) return "default";
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: there is no environment '{}'; it has {}", file, wanted.empty() ? "default" : wanted,
                          names.empty() ? "none" : join(names, ", ")),
              fmt::format("add [{}.deploy.parameters] with parameter_overrides", wanted.empty() ? "default" : wanted));
}

bool loses_backslash(char next) {
  return next == '"' || next == '\'' || next == ' ' || next == '\n';
}

}  // namespace

bool is_samconfig(const YamlNode& root) {
  return std::any_of(root.entries.begin(), root.entries.end(), [](const YamlEntry& environment) {
    return std::any_of(
        environment.value.entries.begin(), environment.value.entries.end(),
        [](const YamlEntry& command) { return command.value.is_map() && command.value.find("parameters") != nullptr; });
  });
}

std::vector<Parameter> read_samconfig(const YamlNode& root, const std::string& file, std::string_view environment) {
  const std::string name = choose_samconfig_environment(root, file, environment);
  const YamlNode& chosen = *root.find(name);
  for (const char* command : {"deploy", "global"}) {
    const YamlNode* parameters = command_section(chosen, command);
    const YamlNode* overrides = parameters == nullptr ? nullptr : parameters->find(kOverrides);
    if (overrides != nullptr) return read_override_values(*overrides, file);
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: no parameter_overrides in [{}.deploy.parameters], nor in [{}.global.parameters]", file,
                          name, name),
              "write them there, or leave the file out");
}

std::string samconfig_override(const Parameter& parameter) {
  std::string text;
  for (std::size_t i = 0; i < parameter.value.size(); ++i) {
    const char c = parameter.value[i];
    if (c == '\\' && (i + 1 == parameter.value.size() || loses_backslash(parameter.value[i + 1])))
      throw Error(ErrorKind::kUsage,
                  fmt::format("the value of '{}' cannot be written for SAM CLI, which loses the backslash in it",
                              parameter.key),
                  "use --parameters-format cloudformation or yaml");
    text += c == '"' ? "\\\"" : std::string(1, c);
  }
  return fmt::format("{}=\"{}\"", parameter.key, text);
}

void add_parameter_once(std::vector<Parameter>& parameters, Parameter added, const std::string& file, Position at) {
  for (const Parameter& one : parameters) {
    if (one.key != added.key) continue;
    if (one == added) return;
    OverridePlace{file, at}.fail(fmt::format("the parameter '{}' is there twice, with different values", added.key));
  }
  parameters.push_back(std::move(added));
}

}  // namespace wsdeep::stack

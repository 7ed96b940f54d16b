// Parameter files come in these forms (contract §7): CloudFormation's list of objects, the AWS CLI's list of
// "Key=Value", CodePipeline's template configuration, a plain map, and SAM CLI's samconfig, as TOML or YAML. JSON is
// YAML too, so one parser reads all but TOML, of which another makes the same tree.

#include <fmt/format.h>

#include <algorithm>

#include "base/display.h"
#include "base/text.h"
#include "base/utf8.h"
#include "stack/settings/parameters.h"
#include "stack/settings/samconfig.h"
#include "stack/toml_tree.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

constexpr YamlLimits kLimits{256 << 10, 20, 20'000};

[[noreturn]] void fail(const std::string& file, Position at, std::string_view cause, const std::string& hint = {}) {
  throw Error(ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", file, at.line, at.column, cause), hint);
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

/// What CloudFormation's API takes of a parameter. A name that is not one of these is a slip that would lose a value.
void check_fields(const YamlNode& item, const std::string& file) {
  const std::vector<std::string> known{"ParameterKey", "ParameterValue", "UsePreviousValue", "ResolvedValue"};
  for (const YamlEntry& entry : item.entries)
    if (std::find(known.begin(), known.end(), entry.key.value) == known.end())
      fail(file, entry.key.at,
           fmt::format("a parameter has no field {}{}", quote_value(entry.key.value),
                       did_you_mean(entry.key.value, known)));
}

Parameter read_item(const YamlNode& item, const std::string& file) {
  check_fields(item, file);
  const YamlNode* key = item.find("ParameterKey");
  const YamlNode* value = item.find("ParameterValue");
  const bool previous = keeps_previous(item, file);
  if (key == nullptr || (value == nullptr && !previous))
    fail(file, item.at, "expected ParameterKey and ParameterValue, or UsePreviousValue");
  if (previous && value != nullptr && !value_text(*value, file).empty())
    fail(file, value->at, fmt::format("'{}' has both a value and UsePreviousValue", key->value));
  return {key->value, previous ? "" : value_text(*value, file), previous};
}

/// The words of `aws cloudformation deploy --parameter-overrides` in a file: nothing in them is quoted or escaped.
Parameter read_word(const YamlNode& item, const std::string& file) {
  const std::size_t equals = item.value.find('=');
  if (equals == std::string::npos || equals == 0)
    fail(file, item.at, fmt::format("expected \"Key=Value\", got {}", quote_value(item.value)));
  return {item.value.substr(0, equals), item.value.substr(equals + 1)};
}

std::vector<Parameter> read_list(const YamlNode& list, const std::string& file) {
  std::vector<Parameter> parameters;
  for (const YamlNode& item : list.items)
    add_parameter_once(parameters, item.is_scalar() ? read_word(item, file) : read_item(item, file), file, item.at);
  return parameters;
}

std::vector<Parameter> read_map(const YamlNode& map, const std::string& file) {
  std::vector<Parameter> parameters;
  for (const YamlEntry& entry : map.entries)
    add_parameter_once(parameters, {entry.key.value, value_text(entry.value, file)}, file, entry.key.at);
  return parameters;
}

/// `{"Parameters": {…}, "Tags": {…}, "StackPolicy": {…}}`, CodePipeline's template configuration.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
std::vector<Parameter> read_pipeline_file(const YamlNode& root, const std::string& file) {
  for (const YamlEntry& entry : root.entries) {
    const bool is_empty = entry.value.is_null() || (entry.value.is_map() && entry.value.entries.empty());
    if (entry.key.value == "Parameters" || is_empty) continue;
    if (entry.key.value == "Tags")
      fail(file, entry.key.at, "tags are not read from a file of parameters", "pass each as --tags KEY=VALUE");
    fail(file, entry.key.at, fmt::format("{} beside Parameters is not carried out", quote_value(entry.key.value)),
         entry.key.value == "StackPolicy" ? "take it out, and set it with: aws cloudformation set-stack-policy"
                                          : "take it out, or move it into Parameters");
  }
  return read_map(*root.find("Parameters"), file);
}

YamlNode read_yaml_tree(std::string_view text, const std::string& file) {
  YamlDocument document = parse_yaml(text, file, kLimits);
  if (has_errors(document.problems)) fail(file, document.problems.front().at, document.problems.front().message);
  return std::move(document.root);
}

std::vector<Parameter> read_tree(const YamlNode& root, const std::string& file, std::string_view environment) {
  if (root.is_sequence()) return read_list(root, file);
  if (!root.is_map()) fail(file, {1, 1}, "expected a map of parameters or CloudFormation's list");
  if (is_samconfig(root)) return read_samconfig(root, file, environment);
  const YamlNode* parameters = root.find("Parameters");
  return parameters != nullptr && parameters->is_map() ? read_pipeline_file(root, file) : read_map(root, file);
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
  if (looks_like_toml(text, file)) return read_samconfig(parse_toml(text, file), file, environment);
  return read_tree(read_yaml_tree(text, file), file, environment);
}

}  // namespace wsdeep::stack

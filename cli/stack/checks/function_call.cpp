#include "stack/checks/function_call.h"

#include <fmt/format.h>

#include <algorithm>

namespace wsdeep::stack {
namespace {

const Words kFunctions{"And",          "Base64",      "Cidr",      "Condition", "Contains", "EachMemberEquals",
                       "EachMemberIn", "Equals",      "FindInMap", "GetAZs",    "GetAtt",   "GetStackOutput",
                       "If",           "ImportValue", "Join",      "Length",    "Not",      "Or",
                       "Ref",          "RefAll",      "Select",    "Split",     "Sub",      "ToJsonString",
                       "Transform",    "ValueOf",     "ValueOfAll"};
const Words kOfConditions{"And", "Condition", "Equals", "Not", "Or"};
const Words kOfRules{"Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"};

}  // namespace

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const Words& functions() {
  return kFunctions;
}

bool is_function(const YamlNode& node) {
  return !intrinsic_of(node).name.empty();
}

bool is_literal(const YamlNode& node) {
  return node.is_scalar() && !is_function(node);
}

bool is_boolean(const YamlNode& node) {
  const std::string_view name = intrinsic_of(node).name;
  return name == "Transform" || has(kOfConditions, name) || has(kOfRules, name) ||
         (!name.empty() && !has(kFunctions, name));
}

std::string shown(const YamlNode& node) {
  if (!node.tag.empty()) return node.is_scalar() ? fmt::format("{} {}", node.tag, quote_value(node.value)) : node.tag;
  if (is_function(node)) return node.entries.front().key.value;
  if (node.is_scalar()) return quote_value(node.value);
  if (node.is_sequence()) return fmt::format("a list of {}", node.items.size());
  return node.is_map() ? "a map" : "nothing";
}

std::string condition_hint(const YamlNode& node, const ValidateContext& context) {
  const bool named = is_literal(node) && context.conditions.contains(node.value);
  return named ? fmt::format("another condition is named as !Condition {}", node.value) : "";
}

std::string Call::got() const {
  const YamlNode& given = argument();
  if (!inner().name.empty()) return is_short() ? given.entries.front().key.value : shown(given);
  if (given.is_scalar()) return quote_value(given.value);
  if (given.is_sequence()) return fmt::format("a list of {}", given.items.size());
  return given.is_map() ? "a map" : "nothing";
}

bool needs_extensions(ValidateContext& context, const YamlNode& node, const std::string& what) {
  if (context.language_extensions) return false;
  context.report_refused(node.at, fmt::format("{} needs Transform: {}", what, kExtensions));
  return true;
}

}  // namespace wsdeep::stack

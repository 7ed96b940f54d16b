#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "stack/validate_context.h"

namespace wsdeep::stack {
namespace {

using Words = std::vector<std::string>;

const Words kSections{"AWSTemplateFormatVersion",
                      "Description",
                      "Metadata",
                      "Parameters",
                      "Rules",
                      "Mappings",
                      "Conditions",
                      "Transform",
                      "Resources",
                      "Outputs",
                      "Globals",
                      "Hooks"};
const Words kMapSections{"Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Globals"};
const Words kResourceKeys{"Type",           "Properties",     "DependsOn",    "Condition",           "Metadata",
                          "DeletionPolicy", "CreationPolicy", "UpdatePolicy", "UpdateReplacePolicy", "Connectors",
                          "IgnoreGlobals"};
const Words kOutputKeys{"Value", "Description", "Export", "Condition"};
const Words kPolicies{"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"};

bool has(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_logical_id(const std::string& id) {
  return !id.empty() && id.size() <= 255 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

void check_keys(ValidateContext& context, const YamlNode& map, const Words& known, const std::string& where) {
  for (const YamlEntry& entry : map.entries)
    if (!has(known, entry.key.value) && !entry.key.value.starts_with("Fn::"))
      context.report_unknown(entry.key.at, fmt::format("unknown key '{}' in {}{}", entry.key.value, where,
                                                       did_you_mean(entry.key.value, known)));
}

/// False for something that is no map, which is reported.
bool is_entry_map(ValidateContext& context, const YamlEntry& entry, std::string_view what) {
  if (!is_logical_id(entry.key.value) && !entry.key.value.starts_with("Fn::"))
    context.report(entry.key.at, fmt::format("'{}' is no logical id: letters and digits only", entry.key.value));
  if (entry.value.is_map()) return true;
  if (!entry.value.is_sequence())
    context.report(entry.value.at, fmt::format("expected a map for the {} '{}'", what, entry.key.value));
  return false;
}

void check_resource(ValidateContext& context, const YamlEntry& entry) {
  if (entry.key.value.starts_with("Fn::")) return;
  if (!is_entry_map(context, entry, "resource")) return;
  check_keys(context, entry.value, kResourceKeys, fmt::format("the resource '{}'", entry.key.value));
  const YamlNode* type = entry.value.find("Type");
  if (type == nullptr)
    context.report(entry.key.at, fmt::format("the resource '{}' has no Type", entry.key.value));
  else if (!type->is_scalar() || (type->value.find("::") == std::string::npos))
    context.report(type->at, fmt::format("expected a resource type such as AWS::SQS::Queue, got '{}'", type->value));
  for (const char* key : {"DeletionPolicy", "UpdateReplacePolicy"}) {
    const YamlNode* policy = entry.value.find(key);
    if (policy != nullptr && policy->is_scalar() && policy->tag.empty() && !has(kPolicies, policy->value))
      context.report(policy->at, fmt::format("expected {}, got '{}'{}", join(kPolicies, ", "), policy->value,
                                             did_you_mean(policy->value, kPolicies)));
  }
}

void check_output(ValidateContext& context, const YamlEntry& entry) {
  if (entry.key.value.starts_with("Fn::")) return;
  if (!is_entry_map(context, entry, "output")) return;
  check_keys(context, entry.value, kOutputKeys, fmt::format("the output '{}'", entry.key.value));
  if (entry.value.find("Value") == nullptr)
    context.report(entry.key.at, fmt::format("the output '{}' has no Value", entry.key.value));
}

void check_sections(ValidateContext& context) {
  for (const YamlEntry& entry : context.root.entries) {
    if (!has(kSections, entry.key.value) && !entry.key.value.starts_with("Fn::"))
      context.report_unknown(entry.key.at, fmt::format("unknown section '{}'{}", entry.key.value,
                                                       did_you_mean(entry.key.value, kSections)));
    if (has(kMapSections, entry.key.value) && !entry.value.is_map())
      context.report(entry.key.at, fmt::format("the section '{}' is no map", entry.key.value));
  }
  const YamlNode* version = context.root.find("AWSTemplateFormatVersion");
  if (version != nullptr && version->value != "2010-09-09")
    context.report(version->at, fmt::format("the only format version is 2010-09-09, got '{}'", version->value));
}

}  // namespace

void check_structure(ValidateContext& context) {
  if (!context.root.is_map()) return context.report({}, "expected a template: a map with Resources");
  check_sections(context);
  const YamlNode* resources = context.root.find("Resources");
  if (resources == nullptr || (resources->is_map() && resources->entries.empty()))
    context.report({}, "a template needs at least one resource");
  else
    for (const YamlEntry& entry : resources->entries) check_resource(context, entry);
  if (const YamlNode* outputs = context.root.find("Outputs"))
    for (const YamlEntry& entry : outputs->entries) check_output(context, entry);
}

}  // namespace wsdeep::stack

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "stack/checks/context.h"
#include "stack/checks/function_call.h"

namespace wsdeep::stack {
namespace {

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
                          "IgnoreGlobals",  "Version"};
const Words kOutputKeys{"Value", "Description", "Export", "Condition"};
const Words kPolicies{"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"};

constexpr const char* kSamTransform = "Transform: AWS::Serverless-2016-10-31";

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
  if (!entry.value.is_sequence() || !entry.value.tag.empty())
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
  else if (type->tag.empty() && !type->is_map() && !type->is_sequence() && type->value.find("::") == std::string::npos)
    context.report(type->at, fmt::format("expected a resource type such as AWS::SQS::Queue, got '{}'", type->value));
  if (type != nullptr && type->value.starts_with("AWS::Serverless::") && !context.sam)
    context.report_refused(type->at, fmt::format("{} needs {}", type->value, kSamTransform),
                           "add it at the top of the template");
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
  const YamlNode* exported = entry.value.find("Export");
  if (exported != nullptr && exported->find("Name") == nullptr && !exported->is_null())
    context.report_refused(exported->at, "Export takes a map with Name");
}

/// A name as it is written: the same function of the same text has the same value.
std::string written(const YamlNode& name) {
  const Intrinsic function = intrinsic_of(name);
  if (function.name.empty()) return name.is_scalar() ? "=" + name.value : "";
  const bool text = function.argument->is_scalar() && computed_argument(name, function).name.empty();
  return text ? fmt::format("{} {}", function.name, function.argument->value) : "";
}

/// What the name of an export is made of is known before anything is made.
void check_export_name(ValidateContext& context, const YamlNode& name) {
  const auto is_allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == ':' || c == '-'; };
  if (intrinsic_of(name).name.empty() && name.is_scalar() &&
      !std::all_of(name.value.begin(), name.value.end(), is_allowed))
    context.report_refused(name.at,
                           fmt::format("the name of an export has letters, digits, colons and hyphens only, got {}",
                                       quote_value(name.value)));
  std::vector<Reference> references;
  collect_references(name, context.source, false, references);
  for (const Reference& reference : references)
    if (context.resources.contains(reference.name) &&
        (reference.kind == ReferenceKind::kRef || reference.kind == ReferenceKind::kGetAtt))
      context.report_refused(reference.at,
                             fmt::format("the name of an export cannot depend on the resource '{}'", reference.name));
}

/// One name is exported once. Of two outputs with different conditions only one may be there.
void check_exports(ValidateContext& context, const YamlNode& outputs) {
  std::map<std::string, std::string> seen;
  for (const YamlEntry& output : outputs.entries) {
    const YamlNode* exported = output.value.find("Export");
    const YamlNode* name = exported == nullptr ? nullptr : exported->find("Name");
    if (name == nullptr || output.key.value.starts_with("Fn::")) continue;
    check_export_name(context, *name);
    const std::string as_written = written(*name);
    if (as_written.empty()) continue;
    const YamlNode* condition = output.value.find("Condition");
    const auto [first, is_new] = seen.emplace(
        fmt::format("{} if {}", as_written, condition == nullptr ? "" : condition->value), output.key.value);
    if (!is_new)
      context.report_refused(
          name->at, fmt::format("the outputs '{}' and '{}' export the same name {}", first->second, output.key.value,
                                quote_value(as_written.substr(as_written.find_first_of("= ") + 1))));
  }
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
  if (const YamlNode* outputs = context.root.find("Outputs")) {
    for (const YamlEntry& entry : outputs->entries) check_output(context, entry);
    check_exports(context, *outputs);
  }
  if (context.root.find("Globals") != nullptr && !context.sam)
    for (const YamlEntry& entry : context.root.entries)
      if (entry.key.value == "Globals")
        context.report_refused(entry.key.at, fmt::format("the section 'Globals' needs {}", kSamTransform));
}

}  // namespace wsdeep::stack

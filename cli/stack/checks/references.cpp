// A reference is checked where it stands and remembered where it counts: names that are used are no candidates for
// "not used", and what a resource needs first are the edges that validate_circles.cpp walks. SAM adds resources while
// it transforms (a function's role, an API's stage); references to those are right although nothing in the text defines
// them, so their names are recognised by how SAM makes them.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "stack/checks/attributes.h"
#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

const std::vector<std::string> kPseudo{"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition",
                                       "AWS::Region",    "AWS::StackId", "AWS::StackName",        "AWS::URLSuffix"};

bool is_of_an_event(const YamlNode& resource, std::string_view suffix) {
  const YamlNode* properties = resource.find("Properties");
  const YamlNode* events = properties == nullptr ? nullptr : properties->find("Events");
  if (events == nullptr) return false;
  return std::any_of(events->entries.begin(), events->entries.end(),
                     [&](const YamlEntry& event) { return suffix.starts_with(event.key.value); });
}

/// https://github.com/aws/serverless-application-model/blob/develop/docs/internals/generated_resources.rst
bool is_made_by_sam(const ValidateContext& context, const std::string& name) {
  for (const char* implicit : {"ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication"})
    if (name.starts_with(implicit) && context.root.find("Transform") != nullptr) return true;
  if (name == "CodeDeployServiceRole" && context.root.find("Transform") != nullptr) return true;
  for (const auto& [id, resource] : context.resources) {
    const YamlNode* type = resource->find("Type");
    if (type == nullptr || !type->value.starts_with("AWS::Serverless::") || !name.starts_with(id)) continue;
    const std::string_view suffix = std::string_view(name).substr(id.size());
    for (const char* known : {"Role", "Version", "Alias", "Stage", "Deployment", ".Version", ".Alias", ".Stage", "Url",
                              "DestinationQueue", "DestinationTopic"})
      if (suffix.starts_with(known)) return true;
    // An API's stage is named after both: ChatApiProdStage; what an event needs after the event: NotifyTopicPermission.
    if (suffix.ends_with("Stage") || is_of_an_event(*resource, suffix)) return true;
  }
  return false;
}

/// What a reference may name, for suggestions.
std::vector<std::string> referable(const ValidateContext& context, bool parameters_only) {
  std::vector<std::string> names = keys_of(context.parameters);
  if (!parameters_only)
    for (const auto& [id, resource] : context.resources) names.push_back(id);
  names.insert(names.end(), kPseudo.begin(), kPseudo.end());
  return names;
}

void check_ref(ValidateContext& context, const Reference& reference, bool parameters_only) {
  const std::string& name = reference.name;
  if (name.empty()) return context.report(reference.at, "expected the name of a parameter or resource");
  if (context.parameters.contains(name)) {
    context.used_parameters.insert(name);
    return;
  }
  if (std::find(kPseudo.begin(), kPseudo.end(), name) != kPseudo.end()) return;
  if (!parameters_only && (context.resources.contains(name) || is_made_by_sam(context, name))) return;
  if (parameters_only && context.resources.contains(name))
    return context.report(reference.at, fmt::format("a condition cannot depend on the resource '{}'", name));
  if (context.loop_variables.contains(name)) return;
  context.report_unknown(
      reference.at,
      fmt::format("'{}' is no {}{}", name, parameters_only ? "parameter" : "parameter or resource of this template",
                  did_you_mean(name, referable(context, parameters_only))));
}

void check_get_att(ValidateContext& context, const Reference& reference, bool parameters_only) {
  const auto resource = context.resources.find(reference.name);
  if (parameters_only && resource != context.resources.end())
    return context.report(reference.at, fmt::format("a condition cannot depend on the resource '{}'", reference.name));
  if (resource == context.resources.end()) {
    if (!is_made_by_sam(context, reference.name))
      context.report_unknown(reference.at, fmt::format("'{}' is no resource of this template{}", reference.name,
                                                       did_you_mean(reference.name, keys_of(context.resources))));
    return;
  }
  const YamlNode* type = resource->second->find("Type");
  const auto* attributes = type == nullptr ? nullptr : attributes_of(type->value);
  if (attributes == nullptr || reference.attribute.empty()) return;
  if (std::find(attributes->begin(), attributes->end(), reference.attribute) != attributes->end()) return;
  // A warning, for types learn new attributes, and some give any of their properties.
  context.warn(reference.at,
               fmt::format("{} has no attribute '{}' that wsdeep knows{}", type->value, reference.attribute,
                           did_you_mean(reference.attribute, *attributes)),
               attributes->empty() ? "it has none" : fmt::format("it has: {}", join(*attributes, ", ")));
}

void check_condition(ValidateContext& context, const Reference& reference) {
  context.used_conditions.insert(reference.name);
  if (!context.conditions.contains(reference.name))
    context.report_unknown(reference.at, fmt::format("unknown condition '{}'{}", reference.name,
                                                     did_you_mean(reference.name, keys_of(context.conditions))));
}

void check_find_in_map(ValidateContext& context, const Reference& reference) {
  const auto mapping = context.mappings.find(reference.name);
  context.used_mappings.insert(reference.name);
  if (mapping == context.mappings.end())
    return context.report_unknown(reference.at, fmt::format("unknown mapping '{}'{}", reference.name,
                                                            did_you_mean(reference.name, keys_of(context.mappings))));
  if (reference.has_default) return;
  const YamlNode* level = mapping->second;
  for (std::size_t i = 0; i < reference.keys.size() && i < 2; ++i) {
    std::vector<std::string> keys;
    for (const YamlEntry& entry : level->entries) keys.push_back(entry.key.value);
    level = level->find(reference.keys[i]);
    if (level != nullptr) continue;
    return context.report_unknown(reference.at, fmt::format("the mapping '{}' has no key '{}'{}", reference.name,
                                                            reference.keys[i], did_you_mean(reference.keys[i], keys)));
  }
}

void check_one(ValidateContext& context, const Reference& reference, bool parameters_only) {
  switch (reference.kind) {
    case ReferenceKind::kRef:
      return check_ref(context, reference, parameters_only);
    case ReferenceKind::kGetAtt:
      return check_get_att(context, reference, parameters_only);
    case ReferenceKind::kCondition:
      return check_condition(context, reference);
    case ReferenceKind::kFindInMap:
      return check_find_in_map(context, reference);
  }
}

/// `Condition: name` of a resource or an output.
void check_condition_key(ValidateContext& context, const YamlNode& node) {
  const YamlNode* condition = node.find("Condition");
  if (condition != nullptr && condition->is_scalar() && condition->tag.empty())
    check_condition(context, {ReferenceKind::kCondition, condition->value, {}, {}, condition->at});
}

void check_depends_on(ValidateContext& context, const YamlNode& resource, std::vector<Reference>& edges) {
  const YamlNode* depends = resource.find("DependsOn");
  if (depends == nullptr) return;
  const std::vector<YamlNode> one{depends->is_scalar() ? *depends : YamlNode{}};
  for (const YamlNode& name : depends->is_sequence() ? depends->items : one) {
    if (!name.is_scalar() || !name.tag.empty()) continue;
    if (context.resources.contains(name.value))
      edges.push_back({ReferenceKind::kRef, name.value, {}, {}, name.at});
    else if (!is_made_by_sam(context, name.value))
      context.report_unknown(name.at, fmt::format("DependsOn names '{}', which is no resource of this template{}",
                                                  name.value, did_you_mean(name.value, keys_of(context.resources))));
  }
}

/// What the events and the deployment preference of a function of SAM refer to becomes what the event and the
/// deployment group need, not what the function needs: a function may name an API in its events, and the API the
/// function in its definition; an alarm that stops a deployment watches the function.
std::set<Position> places_beside_function(const ValidateContext& context, const YamlNode& resource) {
  const YamlNode* type = resource.find("Type");
  const YamlNode* properties = resource.find("Properties");
  std::set<Position> places;
  if (type == nullptr || properties == nullptr || !type->value.starts_with("AWS::Serverless::")) return places;
  std::vector<Reference> references;
  for (const char* key : {"Events", "DeploymentPreference"})
    if (const YamlNode* part = properties->find(key)) collect_references(*part, context.source, false, references);
  for (const Reference& reference : references) places.insert(reference.at);
  return places;
}

void check_resource_references(ValidateContext& context, const std::string& id, const YamlNode& resource) {
  std::vector<Reference> references;
  for (const YamlEntry& entry : resource.entries)
    if (entry.key.value != "DependsOn" && entry.key.value != "Condition")
      collect_references(entry.value, context.source, false, references);
  for (const Reference& reference : references) check_one(context, reference, false);
  check_condition_key(context, resource);
  std::vector<Reference>& edges = context.resource_edges[id];
  const std::set<Position> beside = places_beside_function(context, resource);
  for (Reference& reference : references)
    if (context.resources.contains(reference.name) && !beside.contains(reference.at) &&
        (reference.kind == ReferenceKind::kRef || reference.kind == ReferenceKind::kGetAtt))
      edges.push_back(std::move(reference));
  check_depends_on(context, resource, edges);
}

/// What the body of a loop refers to is used; whether it is there is told when the loop has run.
void mark_used(ValidateContext& context, const YamlNode& body) {
  std::vector<Reference> references;
  collect_references(body, context.source, true, references);
  for (const Reference& reference : references) {
    context.used_parameters.insert(reference.name);
    context.used_conditions.insert(reference.name);
    context.used_mappings.insert(reference.name);
  }
}

void check_section_references(ValidateContext& context, std::string_view name, bool in_conditions) {
  const YamlNode* section = context.root.find(name);
  if (section == nullptr) return;
  std::vector<Reference> references;
  for (const YamlEntry& entry : section->entries) {
    if (entry.key.value.starts_with("Fn::")) {
      mark_used(context, entry.value);
      continue;
    }
    if (name == "Outputs") check_condition_key(context, entry.value);
    collect_references(entry.value, context.source, in_conditions, references);
  }
  for (const Reference& reference : references) check_one(context, reference, in_conditions);
}

}  // namespace

void check_references(ValidateContext& context) {
  for (const auto& [id, resource] : context.resources) check_resource_references(context, id, *resource);
  if (const YamlNode* resources = context.root.find("Resources"))
    for (const YamlEntry& entry : resources->entries)
      if (entry.key.value.starts_with("Fn::")) mark_used(context, entry.value);
  check_section_references(context, "Conditions", true);
  check_section_references(context, "Rules", true);
  check_section_references(context, "Globals", false);
  check_section_references(context, "Outputs", false);
}

}  // namespace wsdeep::stack

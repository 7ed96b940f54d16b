#include "aws/cloudformation_xml.h"

#include <algorithm>
#include <initializer_list>

namespace wsdeep::aws::detail {
namespace {

/// Which element goes into which member.
template <typename T>
struct TextField {
  const char* element;
  std::string T::*member;
};

template <typename T>
void read_texts(const XmlNode& node, T& into, std::initializer_list<TextField<T>> fields) {
  for (const TextField<T>& field : fields) into.*field.member = node.text_of(field.element);
}

std::map<std::string, std::string> pairs_in(const XmlNode& node, const char* list, const char* key, const char* value) {
  std::map<std::string, std::string> pairs;
  for (const XmlNode* one : node.list(list)) pairs[one->text_of(key)] = one->text_of(value);
  return pairs;
}

std::map<std::string, std::string> resolved_in(const XmlNode& node) {
  std::map<std::string, std::string> resolved = pairs_in(node, "Parameters", "ParameterKey", "ResolvedValue");
  std::erase_if(resolved, [](const auto& one) { return one.second.empty(); });
  return resolved;
}

std::optional<std::string> text_if(const XmlNode& node, std::string_view child) {
  const XmlNode* found = node.find(child);
  return found == nullptr ? std::nullopt : std::optional(found->text);
}

PropertyChange property_in(const XmlNode& detail) {
  PropertyChange change;
  change.cause = detail.text_of("CausingEntity");
  const XmlNode* target = detail.find("Target");
  if (target == nullptr) return change;
  read_texts(*target, change,
             {{"Attribute", &PropertyChange::attribute},
              {"Path", &PropertyChange::path},
              {"RequiresRecreation", &PropertyChange::requires_recreation}});
  if (change.path.empty()) change.path = target->text_of("Name");
  change.before = text_if(*target, "BeforeValue");
  change.after = text_if(*target, "AfterValue");
  return change;
}

}  // namespace

Stack stack_in(const XmlNode& node) {
  Stack stack;
  read_texts(node, stack,
             {{"StackId", &Stack::id},
              {"StackName", &Stack::name},
              {"StackStatus", &Stack::status},
              {"StackStatusReason", &Stack::status_reason},
              {"ChangeSetId", &Stack::change_set_id},
              {"CreationTime", &Stack::created},
              {"LastUpdatedTime", &Stack::updated}});
  stack.termination_protection = node.text_of("EnableTerminationProtection") == "true";
  stack.parameters = pairs_in(node, "Parameters", "ParameterKey", "ParameterValue");
  stack.resolved = resolved_in(node);
  stack.tags = pairs_in(node, "Tags", "Key", "Value");
  for (const XmlNode* one : node.list("Outputs"))
    stack.outputs.push_back({one->text_of("OutputKey"), one->text_of("OutputValue"), one->text_of("Description")});
  return stack;
}

/// One property may be named twice, once with the static and once with the dynamic cause; it is kept once.
ResourceChange change_in(const XmlNode& node) {
  ResourceChange change;
  read_texts(node, change,
             {{"Action", &ResourceChange::action},
              {"LogicalResourceId", &ResourceChange::logical_id},
              {"PhysicalResourceId", &ResourceChange::physical_id},
              {"ResourceType", &ResourceChange::type},
              {"Replacement", &ResourceChange::replacement},
              {"PolicyAction", &ResourceChange::policy_action},
              {"ChangeSetId", &ResourceChange::nested},
              {"BeforeContext", &ResourceChange::before},
              {"AfterContext", &ResourceChange::after}});
  for (const XmlNode* one : node.list("Details")) {
    PropertyChange property = property_in(*one);
    const auto same = [&](const PropertyChange& other) { return other.path == property.path; };
    const auto known = std::find_if(change.properties.begin(), change.properties.end(), same);
    if (known == change.properties.end())
      change.properties.push_back(std::move(property));
    else if (known->cause.empty())
      known->cause = property.cause;
  }
  return change;
}

StackEvent event_in(const XmlNode& node) {
  StackEvent event;
  read_texts(node, event,
             {{"EventId", &StackEvent::id},
              {"StackId", &StackEvent::stack_id},
              {"StackName", &StackEvent::stack_name},
              {"LogicalResourceId", &StackEvent::logical_id},
              {"PhysicalResourceId", &StackEvent::physical_id},
              {"ResourceType", &StackEvent::type},
              {"ResourceStatus", &StackEvent::status},
              {"ResourceStatusReason", &StackEvent::reason},
              {"Timestamp", &StackEvent::time},
              {"ClientRequestToken", &StackEvent::token}});
  return event;
}

StackResource resource_in(const XmlNode& node) {
  StackResource resource;
  read_texts(node, resource,
             {{"LogicalResourceId", &StackResource::logical_id},
              {"PhysicalResourceId", &StackResource::physical_id},
              {"ResourceType", &StackResource::type},
              {"ResourceStatus", &StackResource::status},
              {"ResourceStatusReason", &StackResource::reason}});
  return resource;
}

ResourceDrift drift_in(const XmlNode& node) {
  ResourceDrift drift;
  read_texts(node, drift,
             {{"LogicalResourceId", &ResourceDrift::logical_id},
              {"ResourceType", &ResourceDrift::type},
              {"StackResourceDriftStatus", &ResourceDrift::status}});
  for (const XmlNode* one : node.list("PropertyDifferences")) {
    PropertyChange change;
    change.attribute = "Properties";
    change.path = one->text_of("PropertyPath");
    change.before = text_if(*one, "ExpectedValue");
    change.after = text_if(*one, "ActualValue");
    drift.differences.push_back(std::move(change));
  }
  return drift;
}

void read_change_set_head(const XmlNode& node, ChangeSet& into) {
  read_texts(node, into,
             {{"ChangeSetId", &ChangeSet::id},
              {"ChangeSetName", &ChangeSet::name},
              {"StackId", &ChangeSet::stack_id},
              {"Status", &ChangeSet::status},
              {"StatusReason", &ChangeSet::status_reason},
              {"ExecutionStatus", &ChangeSet::execution_status},
              {"CreationTime", &ChangeSet::created}});
  into.resolved.merge(resolved_in(node));
}

}  // namespace wsdeep::aws::detail

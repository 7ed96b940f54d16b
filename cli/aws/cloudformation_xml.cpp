#include "aws/cloudformation_xml.h"

#include <algorithm>

namespace wsdeep::aws::detail {
namespace {

std::map<std::string, std::string> pairs_in(const XmlNode& node, const char* list, const char* key, const char* value) {
  std::map<std::string, std::string> pairs;
  for (const XmlNode* one : node.list(list)) pairs[one->text_of(key)] = one->text_of(value);
  return pairs;
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
  change.attribute = target->text_of("Attribute");
  change.path = target->text_of("Path");
  if (change.path.empty()) change.path = target->text_of("Name");
  change.requires_recreation = target->text_of("RequiresRecreation");
  change.before = text_if(*target, "BeforeValue");
  change.after = text_if(*target, "AfterValue");
  return change;
}

}  // namespace

Stack stack_in(const XmlNode& node) {
  Stack stack;
  stack.id = node.text_of("StackId");
  stack.name = node.text_of("StackName");
  stack.status = node.text_of("StackStatus");
  stack.status_reason = node.text_of("StackStatusReason");
  stack.change_set_id = node.text_of("ChangeSetId");
  stack.created = node.text_of("CreationTime");
  stack.updated = node.text_of("LastUpdatedTime");
  stack.termination_protection = node.text_of("EnableTerminationProtection") == "true";
  stack.parameters = pairs_in(node, "Parameters", "ParameterKey", "ParameterValue");
  stack.tags = pairs_in(node, "Tags", "Key", "Value");
  for (const XmlNode* one : node.list("Outputs"))
    stack.outputs.push_back({one->text_of("OutputKey"), one->text_of("OutputValue"), one->text_of("Description")});
  return stack;
}

/// One property may be named twice, once with the static and once with the dynamic cause; it is kept once.
ResourceChange change_in(const XmlNode& node) {
  ResourceChange change;
  change.action = node.text_of("Action");
  change.logical_id = node.text_of("LogicalResourceId");
  change.physical_id = node.text_of("PhysicalResourceId");
  change.type = node.text_of("ResourceType");
  change.replacement = node.text_of("Replacement");
  change.policy_action = node.text_of("PolicyAction");
  change.nested = node.text_of("ChangeSetId");
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
  return {node.text_of("EventId"),
          node.text_of("StackId"),
          node.text_of("StackName"),
          node.text_of("LogicalResourceId"),
          node.text_of("PhysicalResourceId"),
          node.text_of("ResourceType"),
          node.text_of("ResourceStatus"),
          node.text_of("ResourceStatusReason"),
          node.text_of("Timestamp")};
}

ResourceDrift drift_in(const XmlNode& node) {
  ResourceDrift drift{
      node.text_of("LogicalResourceId"), node.text_of("ResourceType"), node.text_of("StackResourceDriftStatus"), {}};
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
  into.id = node.text_of("ChangeSetId");
  into.name = node.text_of("ChangeSetName");
  into.stack_id = node.text_of("StackId");
  into.status = node.text_of("Status");
  into.status_reason = node.text_of("StatusReason");
  into.execution_status = node.text_of("ExecutionStatus");
}

}  // namespace wsdeep::aws::detail

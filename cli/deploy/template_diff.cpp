#include "deploy/template_diff.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "deploy/change_set.h"
#include "stack/template/compose.h"

namespace wsdeep::deploy {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

aws::PropertyChange change_at(const std::string& path, const json* before, const json* after) {
  aws::PropertyChange change;
  change.attribute = path.starts_with("/Properties") ? "Properties" : "";
  change.path = path;
  if (before != nullptr) change.before = text_of(*before);
  if (after != nullptr) change.after = text_of(*after);
  return change;
}

/// A call of an intrinsic function is one value: half of a `Fn::Sub` says nothing.
bool is_plain_map(const json& value) {
  if (!value.is_object()) return false;
  const bool one = value.size() == 1;
  return !(one && (value.begin().key() == "Ref" || value.begin().key().starts_with("Fn::")));
}

const json* find(const json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::set<std::string> keys_of(const json& a, const json& b) {
  std::set<std::string> keys;
  for (const json* object : {&a, &b})
    for (const auto& entry : object->items()) keys.insert(entry.key());
  return keys;
}

void compare(const std::string& path, const json* before, const json* after, std::vector<aws::PropertyChange>& out) {
  if (before != nullptr && after != nullptr) {
    if (*before == *after) return;
    if (is_plain_map(*before) && is_plain_map(*after)) {
      for (const std::string& key : keys_of(*before, *after))
        compare(path + "/" + key, find(*before, key), find(*after, key), out);
      return;
    }
  }
  out.push_back(change_at(path, before, after));
}

std::string type_of(const json& resource) {
  const json* type = resource.is_object() ? find(resource, "Type") : nullptr;
  return type != nullptr && type->is_string() ? type->get<std::string>() : "";
}

void compare_resource(const std::string& id, const json* before, const json* after,
                      std::vector<aws::ResourceChange>& out) {
  aws::ResourceChange change;
  change.logical_id = id;
  change.type = type_of(after != nullptr ? *after : *before);
  change.action = before == nullptr ? "Add" : after == nullptr ? "Remove" : "Modify";
  if (before != nullptr) change.before = before->dump();
  if (after != nullptr) change.after = after->dump();
  if (change.action == "Modify") {
    compare("", before, after, change.properties);
    if (change.properties.empty()) return;
    // Another type under the same name is another resource.
    if (type_of(*before) != type_of(*after)) change.replacement = "True";
  } else if (change.action == "Remove" && before->is_object()) {
    if (const json* policy = find(*before, "DeletionPolicy")) change.policy_action = text_of(*policy);
  }
  out.push_back(std::move(change));
}

json document(std::string_view text) {
  json parsed = json::parse(stack::template_json(text));
  return parsed.is_object() ? parsed : json::object();
}

/// True when the resource has an update policy that replaces instances.
bool has_replacing_policy(const json& resource) {
  const json* policy = resource.is_object() ? find(resource, "UpdatePolicy") : nullptr;
  return policy != nullptr && policy->is_object() &&
         (policy->contains("AutoScalingRollingUpdate") || policy->contains("AutoScalingReplacingUpdate"));
}

/// Those of a group that its instances are made from.
bool concerns_instances(const aws::PropertyChange& change) {
  std::string_view path = change.path;
  if (path.starts_with("/Properties/")) path.remove_prefix(12);
  path = path.substr(0, path.find('/'));
  return path == "MixedInstancesPolicy" || path == "LaunchTemplate" || path == "LaunchConfigurationName" ||
         path == "VPCZoneIdentifier" || path == "PlacementGroup";
}

}  // namespace

TemplateDiff diff_templates(std::string_view before_text, std::string_view after_text) {
  const json before = document(before_text), after = document(after_text);
  TemplateDiff diff;
  static const json kNone = json::object();
  const auto section = [](const json& root, const char* name) -> const json& {
    const json* found = find(root, name);
    return found != nullptr && found->is_object() ? *found : kNone;
  };
  const json& old_resources = section(before, "Resources");
  const json& new_resources = section(after, "Resources");
  for (const std::string& id : keys_of(old_resources, new_resources))
    compare_resource(id, find(old_resources, id), find(new_resources, id), diff.resources);
  for (const std::string& name : keys_of(before, after))
    if (name != "Resources") compare("/" + name, find(before, name), find(after, name), diff.others);
  return diff;
}

std::vector<aws::PropertyChange> diff_parameters(const std::map<std::string, std::string>& before,
                                                 const std::vector<stack::Parameter>& after,
                                                 const std::set<std::string>& hidden, bool all) {
  std::vector<aws::PropertyChange> changes;
  for (const stack::Parameter& parameter : after) {
    const auto old = before.find(parameter.key);
    aws::PropertyChange change;
    change.path = parameter.key;
    if (old != before.end() && old->second == "****") {
      change.before = kHidden;
      change.after = kHiddenMayChange;
    } else {
      const bool known = old != before.end(), same = known && old->second == parameter.value;
      if (same && !all) continue;
      const bool secret = hidden.contains(parameter.key);
      if (known) change.before = secret ? kHidden : old->second;
      if (same) change.attribute = kUnchanged;
      change.after = secret ? (known && !same ? kHiddenChanges : kHidden) : parameter.value;
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

std::vector<aws::PropertyChange> diff_resolved(const std::map<std::string, std::string>& before,
                                               const std::map<std::string, std::string>& after) {
  std::vector<aws::PropertyChange> changes;
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() || old->second == value) continue;
    aws::PropertyChange change;
    change.path = key;
    change.before = old->second;
    change.after = value;
    change.cause = "its new value in Systems Manager";
    changes.push_back(std::move(change));
  }
  return changes;
}

bool surely_differ(const std::vector<aws::PropertyChange>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const auto& one) { return one.after != kHiddenMayChange; });
}

void fill_in_properties(std::vector<aws::ResourceChange>& changes, const TemplateDiff& diff) {
  for (aws::ResourceChange& change : changes) {
    const auto same = std::find_if(diff.resources.begin(), diff.resources.end(),
                                   [&](const aws::ResourceChange& c) { return c.logical_id == change.logical_id; });
    if (same == diff.resources.end()) continue;
    if (change.action == "Modify" && change.properties.empty()) change.properties = same->properties;
    if (!change.before.empty() || !change.after.empty()) continue;
    change.before = same->before;
    change.after = same->after;
  }
}

std::map<std::string, std::string> nested_template_urls(std::string_view template_text) {
  std::map<std::string, std::string> urls;
  const json root = document(template_text);
  const json* resources = find(root, "Resources");
  if (resources == nullptr || !resources->is_object()) return urls;
  for (const auto& [id, resource] : resources->items()) {
    if (type_of(resource) != "AWS::CloudFormation::Stack") continue;
    const json* properties = find(resource, "Properties");
    const json* url = properties != nullptr && properties->is_object() ? find(*properties, "TemplateURL") : nullptr;
    if (url != nullptr && url->is_string()) urls[id] = url->get<std::string>();
  }
  return urls;
}

void mark_replaced_instances(std::vector<aws::ResourceChange>& changes, std::string_view template_text) {
  const json root = document(template_text);
  const json* resources = find(root, "Resources");
  if (resources == nullptr || !resources->is_object()) return;
  for (aws::ResourceChange& change : changes) {
    if (change.action != "Modify" || change.type != "AWS::AutoScaling::AutoScalingGroup") continue;
    const json* resource = find(*resources, change.logical_id);
    change.replaces_instances = resource != nullptr && has_replacing_policy(*resource) &&
                                std::any_of(change.properties.begin(), change.properties.end(), concerns_instances);
  }
}

}  // namespace wsdeep::deploy

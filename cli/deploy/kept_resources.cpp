#include "deploy/kept_resources.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "aws/resource_tags.h"
#include "base/error.h"
#include "base/text.h"
#include "stack/template/compose.h"

namespace wsdeep::deploy {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDeletedStacks = 20;
constexpr const char* kStackTag = "aws:cloudformation:stack-name";
constexpr const char* kLogicalTag = "aws:cloudformation:logical-id";

/// Types that hold what people want back: by which property a resource is told, how tags call its type, and what stands
/// before its id in its ARN.
struct KeptType {
  std::string_view type;
  std::string_view identifier;
  const char* tagged;
  std::string_view in_arn;
};
constexpr KeptType kKeptTypes[] = {
    {"AWS::DynamoDB::Table", "TableName", "dynamodb:table", ":table/"},
    {"AWS::Cognito::UserPool", "UserPoolId", "cognito-idp:userpool", ":userpool/"},
};

const KeptType* kept_type(std::string_view type) {
  for (const KeptType& one : kKeptTypes)
    if (one.type == type) return &one;
  return nullptr;
}

std::vector<KeptResource> remembered(StackSession& session, const std::vector<aws::DeletedStack>& stacks) {
  std::vector<KeptResource> kept;
  for (const aws::DeletedStack& stack : std::span(stacks).first(std::min(stacks.size(), kMostDeletedStacks)))
    for (const aws::StackResource& one : session.access.cloudformation.list_resources(stack.id))
      if (one.status == "DELETE_SKIPPED" && !one.physical_id.empty())
        kept.push_back({one.logical_id, one.type, one.physical_id, stack.deleted, false});
  return kept;
}

/// Who may not look for tags goes by what CloudFormation remembers.
std::vector<aws::TaggedResource> tagged_resources(StackSession& session) {
  aws::ResourceTags tags(session.access.http, session.client_options("RESOURCE_GROUPS_TAGGING_API", "tagging"),
                         session.access.credentials, session.context.clock);
  std::vector<std::string> types;
  for (const KeptType& one : kKeptTypes) types.emplace_back(one.tagged);
  try {
    return tags.find(kStackTag, session.target.name, types);
  } catch (const aws::ServiceError&) {
    return {};
  }
}

void add_tagged(const std::vector<aws::TaggedResource>& tagged, std::vector<KeptResource>& kept) {
  for (const aws::TaggedResource& one : tagged) {
    for (const KeptType& type : kKeptTypes) {
      const std::size_t at = one.arn.find(type.in_arn);
      const auto logical = one.tags.find(kLogicalTag);
      if (at == std::string::npos || logical == one.tags.end()) continue;
      const std::string id = one.arn.substr(at + type.in_arn.size());
      const auto known = std::find_if(kept.begin(), kept.end(), [&](const KeptResource& other) {
        return other.physical_id == id && other.type == type.type;
      });
      if (known != kept.end())
        known->is_tagged = true;
      else
        kept.push_back({logical->second, std::string(type.type), id, "", true});
    }
  }
}

json document_of(std::string_view template_text) {
  json parsed = json::parse(stack::template_json(template_text));
  return parsed.is_object() ? parsed : json::object();
}

json map_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : json::object();
}

std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Logical id → type, of those that outlive their stack.
std::map<std::string, std::string> wanted_by(std::string_view template_text) {
  std::map<std::string, std::string> wanted;
  const json root = document_of(template_text);
  const json resources = map_of(root, "Resources");
  for (const auto& [id, resource] : resources.items()) {
    if (!resource.is_object()) continue;
    const std::string type = text_at(resource, "Type");
    if (kept_type(type) != nullptr && text_at(resource, "DeletionPolicy").starts_with("Retain")) wanted[id] = type;
  }
  return wanted;
}

bool names_one_of(std::string_view text, const std::set<std::string>& ids) {
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return text == id || text.starts_with(id + ".") || text.find("${" + id + "}") != std::string_view::npos ||
           text.find("${" + id + ".") != std::string_view::npos;
  });
}

/// Whether a value refers to one of these resources, by Ref, GetAtt or Sub.
bool refers_to(const json& value, const std::set<std::string>& ids) {
  if (value.is_array())
    return std::any_of(value.begin(), value.end(), [&](const json& v) { return refers_to(v, ids); });
  if (!value.is_object()) return false;
  for (const auto& [key, inner] : value.items()) {
    const json& first = inner.is_array() && !inner.empty() ? inner.front() : inner;
    const bool reference = key == "Ref" || key == "Fn::GetAtt" || key == "Fn::Sub";
    if (reference && first.is_string() && names_one_of(first.get<std::string>(), ids)) return true;
    if (refers_to(inner, ids)) return true;
  }
  return false;
}

json imported(const json& resource, const std::set<std::string>& foreign) {
  json out{{"Type", resource.at("Type")}, {"DeletionPolicy", "Retain"}, {"UpdateReplacePolicy", "Retain"}};
  json properties = json::object();
  const json given = map_of(resource, "Properties");
  for (const auto& [name, value] : given.items())
    if (!refers_to(value, foreign)) properties[name] = value;
  out["Properties"] = std::move(properties);
  return out;
}

}  // namespace

std::string_view identifier_of(std::string_view type) {
  const KeptType* known = kept_type(type);
  return known == nullptr ? "" : known->identifier;
}

KeptSearch find_kept(StackSession& session, std::string_view template_text,
                     const std::vector<aws::DeletedStack>& earlier) {
  std::vector<KeptResource> kept = remembered(session, earlier);
  add_tagged(tagged_resources(session), kept);
  // What is known to be there goes before what only was; the newest of both comes first.
  std::stable_sort(kept.begin(), kept.end(),
                   [](const KeptResource& a, const KeptResource& b) { return a.is_tagged > b.is_tagged; });
  const std::map<std::string, std::string> wanted = wanted_by(template_text);
  KeptSearch search;
  std::set<std::string> taken;
  for (KeptResource& one : kept) {
    const auto id = wanted.find(one.logical_id);
    const bool fits = id != wanted.end() && id->second == one.type && taken.insert(one.logical_id).second;
    (fits ? search.found : search.others).push_back(std::move(one));
  }
  return search;
}

std::string import_template(std::string_view template_text, const std::vector<KeptResource>& kept) {
  const json root = document_of(template_text);
  const json resources = map_of(root, "Resources");
  std::set<std::string> foreign;
  for (const auto& [id, resource] : resources.items()) foreign.insert(id);
  for (const KeptResource& one : kept) foreign.erase(one.logical_id);
  json out{{"AWSTemplateFormatVersion", "2010-09-09"}};
  for (const char* section : {"Mappings", "Conditions"})
    if (root.contains(section)) out[section] = root[section];
  for (const KeptResource& one : kept)
    out["Resources"][one.logical_id] = imported(resources.at(one.logical_id), foreign);
  const json without_parameters = out;
  const json parameters = map_of(root, "Parameters");
  for (const auto& [name, parameter] : parameters.items())
    if (refers_to(without_parameters, {name})) out["Parameters"][name] = parameter;
  return out.dump(1);
}

}  // namespace wsdeep::deploy

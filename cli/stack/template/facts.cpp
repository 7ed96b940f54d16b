#include "stack/template/facts.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

YamlNode root_of(std::string_view text) {
  YamlDocument document = parse_yaml(text, "template");
  return has_errors(document.problems) ? YamlNode() : std::move(document.root);
}

std::vector<YamlEntry> section(std::string_view text, std::string_view name) {
  const YamlNode root = root_of(text);
  const YamlNode* found = root.find(name);
  return found == nullptr ? std::vector<YamlEntry>{} : found->entries;
}

/// The CodeUri of a resource when it is a file of this machine, else nullptr.
const YamlNode* local_code(const YamlNode& resource) {
  const YamlNode* properties = resource.find("Properties");
  const YamlNode* code = properties == nullptr ? nullptr : properties->find("CodeUri");
  const bool local = code != nullptr && code->is_scalar() && code->tag.empty() && code->value.ends_with(".zip") &&
                     !code->value.starts_with("s3://");
  return local ? code : nullptr;
}

std::string package_name(const YamlNode& code) {
  return std::filesystem::path(code.value).stem();
}

}  // namespace

std::vector<DeclaredParameter> declared_parameters(std::string_view text) {
  std::vector<DeclaredParameter> declared;
  for (const YamlEntry& entry : section(text, "Parameters")) {
    const YamlNode* no_echo = entry.value.find("NoEcho");
    declared.push_back({entry.key.value, entry.value.find("Default") != nullptr,
                        no_echo != nullptr && to_lower(no_echo->value) == "true"});
  }
  return declared;
}

std::set<std::string> local_packages(std::string_view text) {
  std::set<std::string> names;
  for (const YamlEntry& entry : section(text, "Resources"))
    if (const YamlNode* code = local_code(entry.value)) names.insert(package_name(*code));
  return names;
}

std::string with_packages_at(std::string_view text, const std::map<std::string, std::string>& uris) {
  struct Edit {
    std::size_t offset, length;
    std::string uri;
  };
  std::vector<Edit> edits;
  for (const YamlEntry& entry : section(text, "Resources")) {
    const YamlNode* code = local_code(entry.value);
    const auto uri = code == nullptr ? uris.end() : uris.find(package_name(*code));
    if (uri == uris.end()) continue;
    // The quotes of a quoted one stay.
    const std::size_t at = text.find(code->value, code->offset);
    if (at != std::string_view::npos && at <= code->offset + 1) edits.push_back({at, code->value.size(), uri->second});
  }
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.offset > b.offset; });
  std::string out(text);
  for (const Edit& edit : edits) out.replace(edit.offset, edit.length, edit.uri);
  return out;
}

std::vector<std::string> local_nested_stacks(std::string_view text) {
  std::vector<std::string> names;
  for (const YamlEntry& entry : section(text, "Resources")) {
    const YamlNode* type = entry.value.find("Type");
    const YamlNode* properties = entry.value.find("Properties");
    const YamlNode* url = properties == nullptr ? nullptr : properties->find("TemplateURL");
    if (type != nullptr && type->value == "AWS::CloudFormation::Stack" && url != nullptr && url->is_scalar() &&
        url->tag.empty() && !url->value.starts_with("https://") && !url->value.starts_with("http://"))
      names.push_back(entry.key.value);
  }
  return names;
}

std::set<std::string> retained_resources(std::string_view text) {
  std::set<std::string> names;
  for (const YamlEntry& entry : section(text, "Resources")) {
    const YamlNode* policy = entry.value.find("DeletionPolicy");
    if (policy != nullptr && policy->value.starts_with("Retain")) names.insert(entry.key.value);
  }
  return names;
}

std::size_t resource_count(std::string_view text) {
  return section(text, "Resources").size();
}

std::vector<std::string> resources_of_type(std::string_view text, std::string_view type) {
  std::vector<std::string> names;
  for (const YamlEntry& entry : section(text, "Resources")) {
    const YamlNode* own = entry.value.find("Type");
    if (own != nullptr && own->value == type) names.push_back(entry.key.value);
  }
  return names;
}

}  // namespace wsdeep::stack

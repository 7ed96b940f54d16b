#include "stack/template/releases.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/hash.h"
#include "stack/template/canonical.h"
#include "stack/template/references.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kRelease = "RELEASE";
constexpr std::string_view kHashProperty = "AutoPublishCodeSha256";
constexpr std::size_t kDigits = 15;

/// What a version does not hold: it is the function's, the alias's or the deployment's.
const std::set<std::string_view>& outside_a_version() {
  static const std::set<std::string_view> kNames{kRelease,
                                                 kHashProperty,
                                                 "AutoPublishAlias",
                                                 "DeploymentPreference",
                                                 "EventInvokeConfig",
                                                 "Events",
                                                 "ReservedConcurrentExecutions",
                                                 "Tags"};
  return kNames;
}

const YamlNode* find_path(const YamlNode& node, std::initializer_list<std::string_view> keys) {
  const YamlNode* at = &node;
  for (const std::string_view key : keys) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

/// `Name=value` of each parameter that is referred to below the nodes. Of one that keeps the value that the stack has
/// nothing is known, and nothing changes.
std::string values_below(const std::vector<const YamlNode*>& nodes, const SourceText& source,
                         const std::vector<Parameter>& parameters) {
  std::vector<Reference> references;
  for (const YamlNode* node : nodes)
    if (node != nullptr) collect_references(*node, source, false, references);
  std::set<std::string> pairs;
  for (const Reference& reference : references)
    for (const Parameter& parameter : parameters)
      if (parameter.key == reference.name) pairs.insert(parameter.key + "=" + parameter.value + "\n");
  std::string values;
  for (const std::string& pair : pairs) values += pair;
  return values;
}

/// Begins with a letter, so that YAML takes it for no number.
std::string release_of(const YamlNode* globals, const YamlNode& properties, const SourceText& source,
                       const std::vector<Parameter>& parameters) {
  std::string content = values_below({globals, &properties}, source, parameters);
  if (globals != nullptr) write_canonical(*globals, content, outside_a_version());
  write_canonical(properties, content, outside_a_version());
  return "r" + hex(sha256(content)).substr(0, kDigits);
}

struct Replacement {
  std::size_t offset, length;
  std::string text;
};

/// A place for the hash: what the modules have there, or a hash of ours. Others' own hashes are left alone.
bool is_release(const YamlNode* node) {
  if (node == nullptr || !node->is_scalar() || !node->tag.empty()) return false;
  const std::string& value = node->value;
  return value == kReleaseToCome || (value.size() == kDigits + 1 && value[0] == 'r' &&
                                     value.find_first_not_of("0123456789abcdef", 1) == std::string::npos);
}

}  // namespace

std::string with_releases(const std::string& text, const std::vector<Parameter>& parameters) {
  const YamlDocument document = parse_yaml(text, "template");
  const YamlNode* resources = document.root.find("Resources");
  if (has_errors(document.problems) || resources == nullptr) return text;
  const SourceText source(text);
  const YamlNode* globals = find_path(document.root, {"Globals", "Function"});
  std::vector<Replacement> edits;
  for (const YamlEntry& resource : resources->entries) {
    const YamlNode* properties = resource.value.find("Properties");
    if (properties == nullptr || !is_release(properties->find(kHashProperty))) continue;
    const std::string release = release_of(globals, *properties, source, parameters);
    for (const YamlNode* node :
         {properties->find(kHashProperty), find_path(*properties, {"Environment", "Variables", kRelease})}) {
      if (!is_release(node)) continue;
      // The quotes of a quoted one stay.
      const std::size_t at = text.find(node->value, node->offset);
      if (at != std::string::npos && at <= node->offset + 1) edits.push_back({at, node->value.size(), release});
    }
  }
  std::sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.offset > b.offset; });
  std::string out = text;
  for (const Replacement& edit : edits) out.replace(edit.offset, edit.length, edit.text);
  return out;
}

}  // namespace wsdeep::stack

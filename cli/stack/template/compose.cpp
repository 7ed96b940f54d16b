// Composition is three steps: resolve each chosen module into blocks (module_blocks.cpp), merge the blocks of all
// modules section by section, and give the deployment of the API its name. Sections keep CloudFormation's customary
// order, modules the order of the shape, blocks the order of their module: nothing depends on a hash table or a clock,
// so the same settings give the same bytes.
//
// The deployment's name. AWS::ApiGatewayV2::Deployment is a snapshot of the routes at the moment it is made, and
// CloudFormation makes one only when the logical id is new. So `ApiDeployment` is renamed to `ApiDeployment` and ten
// digits of the SHA-256 over everything that the snapshot holds, written in one canonical form (comments, quoting and
// line breaks do not count; order does). An edited route changes the digits, and the stage, which refers to the
// deployment, moves to the new one before the old one goes.

#include "stack/template/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "stack/template/canonical.h"
#include "stack/template/module_blocks.h"
#include "stack/template/releases.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kDeployment = "ApiDeployment";
constexpr std::string_view kSectionOrder[] = {"AWSTemplateFormatVersion",
                                              "Transform",
                                              "Description",
                                              "Metadata",
                                              "Globals",
                                              "Parameters",
                                              "Rules",
                                              "Mappings",
                                              "Conditions",
                                              "Resources",
                                              "Outputs"};
/// What a deployment of the API is a snapshot of.
constexpr std::string_view kDeployed[] = {"AWS::ApiGatewayV2::Api",          "AWS::ApiGatewayV2::Authorizer",
                                          "AWS::ApiGatewayV2::Integration",  "AWS::ApiGatewayV2::IntegrationResponse",
                                          "AWS::ApiGatewayV2::Model",        "AWS::ApiGatewayV2::Route",
                                          "AWS::ApiGatewayV2::RouteResponse"};

const TemplateModule& find_module(const std::vector<TemplateModule>& modules, std::string_view name) {
  for (const TemplateModule& module : modules)
    if (module.name == name) return module;
  throw Error(ErrorKind::kFailure, fmt::format("no template module '{}'", name));
}

/// Reports a selection that names what is not there, before anything is composed.
void check_selection(const std::vector<std::string>& only, const std::vector<std::string>& chosen) {
  for (const std::string& name : only)
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end())
      throw Error(ErrorKind::kUsage,
                  fmt::format("the settings choose no module '{}'{}", name, did_you_mean(name, chosen)),
                  fmt::format("modules: {}", join(chosen, ", ")));
}

struct NamedModule {
  std::string name;
  ResolvedModule resolved;
};

/// The module's comment above its first block, set apart as a heading.
std::string heading(const NamedModule& module) {
  std::string out;
  for (const std::string_view line : split(trim(module.resolved.comment), '\n')) out += fmt::format("  {}\n", line);
  return out.empty() ? "" : fmt::format("  # {}\n{}", std::string(76, '-'), out);
}

class Merger {
 public:
  explicit Merger(const std::vector<NamedModule>& modules) : modules_(modules) {}

  std::string merge() {
    std::string out;
    for (const std::string_view name : kSectionOrder) {
      std::string section = merge_section(name);
      if (section.empty()) continue;
      if (!out.empty() && is_block(name)) out += "\n";
      out += section;
    }
    check_sections();
    return out;
  }

 private:
  static bool is_block(std::string_view name) {
    return name != "AWSTemplateFormatVersion" && name != "Transform" && name != "Description";
  }

  std::string merge_section(std::string_view name) {
    std::string body;
    bool has_key = false;
    owners_.clear();
    for (const NamedModule& module : modules_)
      for (const Section& section : module.resolved.sections)
        if (section.name == name) {
          body += text_of(module, section, body.empty());
          has_key = has_key || !section.text.empty();
        }
    return body.empty() || has_key ? body : fmt::format("{}:\n{}", name, body);
  }

  std::string text_of(const NamedModule& module, const Section& section, bool first) {
    if (!section.text.empty()) {
      claim(module, section.name);
      return section.text;
    }
    const bool spaced = section.name == "Resources";
    std::string out;
    for (const Block& block : section.blocks) {
      claim(module, block.key);
      if (spaced && !(first && out.empty())) out += "\n";
      if (spaced && &block == &section.blocks.front()) out += heading(module) + "\n";
      out += block.text;
    }
    return out;
  }

  void claim(const NamedModule& module, const std::string& key) {
    const auto [owner, is_new] = owners_.emplace(key, module.name);
    if (!is_new)
      throw Error(ErrorKind::kFailure,
                  fmt::format("the modules '{}' and '{}' both define '{}'", owner->second, module.name, key));
  }

  void check_sections() const {
    for (const NamedModule& module : modules_)
      for (const Section& section : module.resolved.sections)
        if (std::find(std::begin(kSectionOrder), std::end(kSectionOrder), section.name) == std::end(kSectionOrder))
          throw Error(ErrorKind::kFailure,
                      fmt::format("the module '{}' has an unknown section '{}'", module.name, section.name));
  }

  const std::vector<NamedModule>& modules_;
  std::map<std::string, std::string> owners_;  ///< of the names in the section that is being merged
};

std::string deployed_content(const YamlNode& resources) {
  std::string content;
  for (const YamlEntry& resource : resources.entries) {
    const YamlNode* type = resource.value.find("Type");
    if (type == nullptr || std::find(std::begin(kDeployed), std::end(kDeployed), type->value) == std::end(kDeployed))
      continue;
    content += resource.key.value + "=";
    write_canonical(resource.value, content);
  }
  return content;
}

/// The bytes at which the deployment's name stands, as a key or as a whole scalar.
void find_deployment(const YamlNode& node, std::vector<std::size_t>& offsets) {
  if (node.is_scalar() && node.value == kDeployment)
    offsets.push_back(node.offset + (node.tag.empty() ? 0 : node.tag.size() + 1));
  for (const YamlNode& item : node.items) find_deployment(item, offsets);
  for (const YamlEntry& entry : node.entries) {
    find_deployment(entry.key, offsets);
    find_deployment(entry.value, offsets);
  }
}

std::string name_deployment(std::string text, const YamlNode& root) {
  const YamlNode* resources = root.find("Resources");
  if (resources == nullptr || resources->find(kDeployment) == nullptr) return text;
  const std::string digits = hex(sha256(deployed_content(*resources))).substr(0, 10);
  std::vector<std::size_t> offsets;
  find_deployment(root, offsets);
  std::sort(offsets.rbegin(), offsets.rend());
  for (const std::size_t offset : offsets) text.insert(offset + kDeployment.size(), digits);
  return text;
}

std::string header(const std::vector<std::string>& modules) {
  return fmt::format(
      "# Rendered by wsdeep from the settings in wsdeep.yaml and the modules of templates/:\n"
      "#   {}\n"
      "# Change those and render again, rather than this file.\n",
      join(modules, ", "));
}

void match_parameters(const YamlNode& root, const std::vector<Parameter>& values, ComposedTemplate& composed) {
  const YamlNode* declared = root.find("Parameters");
  if (declared == nullptr) return;
  for (const YamlEntry& entry : declared->entries) {
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const Parameter& candidate) { return candidate.key == entry.key.value; });
    if (value != values.end())
      composed.parameters.push_back(*value);
    else if (entry.value.find("Default") == nullptr)
      composed.to_fill.push_back(entry.key.value);
  }
}

}  // namespace

ComposedTemplate compose(const EnvironmentSettings& settings, Part part, const std::vector<std::string>& only,
                         const std::vector<TemplateModule>& modules) {
  const Shape shape = shape_of(settings, part);
  check_selection(only, shape.modules);
  ComposedTemplate composed;
  std::vector<NamedModule> chosen;
  for (const std::string& name : shape.modules) {
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    composed.modules.push_back(name);
    chosen.push_back({name, resolve_module(find_module(modules, name), shape)});
  }
  const std::string text = header(composed.modules) + Merger(chosen).merge();
  const YamlDocument document = parse_yaml(text, "the composed template");
  if (has_errors(document.problems)) throw Error(ErrorKind::kFailure, render(document.problems));
  match_parameters(document.root, parameter_values(settings, part), composed);
  composed.text = with_releases(name_deployment(text, document.root), composed.parameters);
  return composed;
}

std::vector<ModuleSummary> list_modules(const EnvironmentSettings& settings, Part part,
                                        const std::vector<TemplateModule>& modules) {
  const std::vector<std::string> chosen = shape_of(settings, part).modules;
  std::vector<ModuleSummary> summaries;
  const auto add = [&](const TemplateModule& module, bool is_chosen) {
    std::string_view line = module.text.substr(0, module.text.find('\n'));
    line.remove_prefix(std::min(line.size(), line.find_first_not_of("# ")));
    if (line.starts_with(module.name)) line = trim(line.substr(line.find(':') + 1));
    summaries.push_back({std::string(module.name), std::string(line.substr(0, line.find(". ") + 1)), is_chosen});
    if (summaries.back().summary.empty()) summaries.back().summary = line;
  };
  for (const std::string& name : chosen) add(find_module(modules, name), true);
  for (const TemplateModule& module : modules)
    if (std::find(chosen.begin(), chosen.end(), module.name) == chosen.end()) add(module, false);
  return summaries;
}

}  // namespace wsdeep::stack

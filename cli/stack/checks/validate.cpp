#include "stack/checks/validate.h"

#include <fmt/format.h>

#include <algorithm>

#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

/// CloudFormation's own limit is 1 MB; a larger text is parsed only so far as to say so.
constexpr std::size_t kMaxParsedBytes = 8 << 20;
constexpr std::size_t kMaxCheckedResources = 5000;
constexpr YamlLimits kTemplateLimits{kMaxParsedBytes, 100, 500'000};

void index_section(const YamlNode& root, std::string_view name, std::map<std::string, const YamlNode*>& index) {
  const YamlNode* section = root.find(name);
  if (section == nullptr) return;
  for (const YamlEntry& entry : section->entries)
    // Loops of AWS::LanguageExtensions and includes make their entries at deployment.
    if (!entry.key.value.starts_with("Fn::")) index.emplace(entry.key.value, &entry.value);
}

bool is_foreign_transform(const YamlNode& transform) {
  for (const YamlNode& item : transform.items)
    if (is_foreign_transform(item)) return true;
  if (transform.is_map()) return true;  // AWS::Include, or a macro with parameters
  return transform.is_scalar() && transform.value != "AWS::Serverless-2016-10-31" &&
         transform.value != "AWS::LanguageExtensions";
}

bool transforms_with(const YamlNode* transform, std::string_view name) {
  if (transform == nullptr) return false;
  return (transform->is_scalar() && transform->value == name) ||
         std::any_of(transform->items.begin(), transform->items.end(),
                     [&](const YamlNode& item) { return transforms_with(&item, name); });
}

/// The identifiers of a loop: one name, or a list of them.
void add_loop_variables(const YamlNode& identifier, ValidateContext& context) {
  if (identifier.is_scalar() && identifier.tag.empty()) context.loop_variables.insert(identifier.value);
  for (const YamlNode& item : identifier.items) add_loop_variables(item, context);
  const Intrinsic function = intrinsic_of(identifier);
  if (function.name != "Ref" || !function.argument->is_scalar()) return;
  if (const std::string* value = context.value_of(function.argument->value)) context.loop_variables.insert(*value);
}

/// Looks for what adds to the template when it is deployed, anywhere in it.
void look_for_additions(const YamlNode& node, ValidateContext& context) {
  if (node.tag == "!Transform") context.open_ended = context.rewritten = true;
  for (const YamlNode& item : node.items) look_for_additions(item, context);
  for (const YamlEntry& entry : node.entries) {
    const std::string& key = entry.key.value;
    const bool loop = key.starts_with("Fn::ForEach::");
    if (loop && !entry.value.items.empty()) add_loop_variables(entry.value.items.front(), context);
    const bool module = key == "Type" && entry.value.is_scalar() && entry.value.value.ends_with("::MODULE");
    if (loop || module || key == "Fn::Transform") context.open_ended = true;
    if (key == "Fn::Transform") context.rewritten = true;
    look_for_additions(entry.value, context);
  }
}

void warn_unused(ValidateContext& context, std::string_view section, std::string_view what,
                 const std::set<std::string>& used) {
  const YamlNode* node = context.root.find(section);
  if (node == nullptr) return;
  for (const YamlEntry& entry : node->entries)
    if (!used.contains(entry.key.value) && !entry.key.value.starts_with("Fn::"))
      context.warn(entry.key.at, fmt::format("the {} '{}' is not used", what, entry.key.value));
}

/// Line by line, as the file has them; what an alias repeats is told once.
void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.at < b.at; });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

}  // namespace

void ValidateContext::report(Position at, std::string message, std::string hint, Severity severity) {
  diagnostics.push_back({severity, options.file, at, std::move(message), std::move(hint), source.line(at.line)});
}

const std::string* ValidateContext::value_of(const std::string& parameter) const {
  for (const Parameter& given : options.parameters)
    if (given.key == parameter) return &given.value;
  const auto declared = parameters.find(parameter);
  const YamlNode* fallback = declared == parameters.end() ? nullptr : declared->second->find("Default");
  return fallback != nullptr && fallback->is_scalar() ? &fallback->value : nullptr;
}

std::vector<Diagnostic> validate_template(std::string_view text, const ValidateOptions& options) {
  ValidateContext context(text, options);
  YamlDocument document = parse_yaml(text, options.file, kTemplateLimits);
  if (has_errors(document.problems)) return document.problems;
  context.root = std::move(document.root);
  index_section(context.root, "Parameters", context.parameters);
  index_section(context.root, "Resources", context.resources);
  index_section(context.root, "Conditions", context.conditions);
  index_section(context.root, "Mappings", context.mappings);
  const YamlNode* transform = context.root.find("Transform");
  context.open_ended = context.rewritten = transform != nullptr && is_foreign_transform(*transform);
  context.sam = transforms_with(transform, "AWS::Serverless-2016-10-31");
  context.language_extensions = transforms_with(transform, "AWS::LanguageExtensions");
  look_for_additions(context.root, context);
  check_structure(context);
  check_quotas(context);
  // Nobody's template, and too much to compare every name with every other.
  if (context.resources.size() > kMaxCheckedResources) return std::move(context.diagnostics);
  check_references(context);
  check_circles(context);
  check_conditional_references(context);
  check_functions(context);
  check_values(context);
  check_schedules(context);
  check_drain(context);
  check_parameters(context);
  warn_unused(context, "Parameters", "parameter", context.used_parameters);
  warn_unused(context, "Conditions", "condition", context.used_conditions);
  warn_unused(context, "Mappings", "mapping", context.used_mappings);
  sort_by_place(context.diagnostics);
  return std::move(context.diagnostics);
}

std::map<std::string, Position> resource_places(std::string_view text) {
  std::map<std::string, Position> places;
  const YamlDocument document = parse_yaml(text, "template", kTemplateLimits);
  const YamlNode* resources = document.root.find("Resources");
  if (has_errors(document.problems) || resources == nullptr) return places;
  for (const YamlEntry& entry : resources->entries) places[entry.key.value] = entry.key.at;
  return places;
}

}  // namespace wsdeep::stack

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "stack/template_references.h"
#include "stack/validate.h"

namespace wsdeep::stack {

/// A template under examination; private to validate*.cpp.
struct ValidateContext {
  ValidateContext(std::string_view template_text, const ValidateOptions& validate_options)
      : source(template_text), options(validate_options) {}

  SourceText source;
  const ValidateOptions& options;
  YamlNode root;
  std::vector<Diagnostic> diagnostics;
  std::map<std::string, const YamlNode*> parameters;
  std::map<std::string, const YamlNode*> resources;
  std::map<std::string, const YamlNode*> conditions;
  std::map<std::string, const YamlNode*> mappings;
  std::set<std::string> used_parameters;
  std::set<std::string> used_conditions;
  std::set<std::string> used_mappings;
  std::map<std::string, std::vector<Reference>> resource_edges;  ///< of each resource: what it needs first

  /// A macro, an include or a module adds to the template what its text does not say.
  bool open_ended = false;
  std::set<std::string> loop_variables;  ///< of Fn::ForEach

  void report(Position at, std::string message, std::string hint = {}, Severity severity = Severity::kError);
  void warn(Position at, std::string message, std::string hint = {}) {
    report(at, std::move(message), std::move(hint), Severity::kWarning);
  }
  /// Of something that the text does not know: an error, or in a template that is open-ended a warning.
  void report_unknown(Position at, std::string message) {
    if (!open_ended) return report(at, std::move(message));
    warn(at, std::move(message), "a macro, an include, a loop or a module may make it when the template is deployed");
  }
  /// The value that the deployment gives to a parameter, or its default; nothing when neither is known.
  const std::string* value_of(const std::string& parameter) const;
};

template <typename Value>
std::vector<std::string> keys_of(const std::map<std::string, Value>& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

/// Sections, the attributes of resources and outputs, logical ids.
void check_structure(ValidateContext& context);
/// Every reference; fills `used_*` and `resource_edges`.
void check_references(ValidateContext& context);
/// Circles among resources and among conditions.
void check_circles(ValidateContext& context);
void check_parameters(ValidateContext& context);
void check_quotas(ValidateContext& context);

}  // namespace wsdeep::stack

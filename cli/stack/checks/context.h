#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "stack/checks/validate.h"
#include "stack/template/references.h"

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
  /// A macro or an include may write any part of the template anew.
  bool rewritten = false;
  bool sam = false;                      ///< AWS::Serverless-2016-10-31 transforms it
  bool language_extensions = false;      ///< AWS::LanguageExtensions does
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
  /// Of something that CloudFormation refuses: an error, or where a macro may take it away before, a warning.
  void report_refused(Position at, std::string message, std::string hint = {}) {
    if (!rewritten) return report(at, std::move(message), std::move(hint));
    warn(at, std::move(message), hint.empty() ? "unless a macro or an include writes it anew" : std::move(hint));
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
/// Functions: whether there are such, the shapes of their arguments, the places that take none, loops.
void check_functions(ValidateContext& context);
/// What YAML makes of values: nothing, numbers for keys, account ids that lose digits, aliases.
void check_values(ValidateContext& context);
/// References to resources that are not made whenever they are referred to.
void check_conditional_references(ValidateContext& context);
/// When rules, schedules and scheduled actions run.
void check_schedules(ValidateContext& context);
/// Whether a lifecycle hook waits until the load balancer has let an instance's connections end.
void check_drain(ValidateContext& context);
void check_quotas(ValidateContext& context);

}  // namespace wsdeep::stack

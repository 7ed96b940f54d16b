#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stack/diagnostic.h"
#include "stack/settings/parameters.h"

namespace wsdeep::stack {

struct ValidateOptions {
  std::string file = "template.yaml";  ///< names the text in diagnostics
  std::vector<Parameter> parameters;   ///< values that the deployment would give
  bool complete = false;               ///< `parameters` is all there will be: a missing value is an error
};

/// Checks a CloudFormation or SAM template (YAML or JSON) without asking AWS: syntax, sections, references (Ref,
/// GetAtt, Sub, DependsOn, Condition, If, FindInMap), attributes of the resource types in attributes.h, circular
/// dependencies, parameters and their values, quotas. Every problem found is reported, with its place.
std::vector<Diagnostic> validate_template(std::string_view text, const ValidateOptions& options = {});

/// Where each resource of a template stands, by logical id; empty for a text that does not parse.
std::map<std::string, Position> resource_places(std::string_view text);

}  // namespace wsdeep::stack

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/parameters.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {

/// Whether a tree is that of SAM CLI's configuration file: environment, command, section `parameters`.
bool is_samconfig(const YamlNode& root);

/// The `parameter_overrides` that `sam deploy --config-env ENVIRONMENT` would use: those of the command, else those of
/// `global`. A file that has no environment but `default` means that one, whatever `environment` is.
/// What SAM would read in part, or as another value than the one that stands there, is refused: Error{kUsage} with
/// `FILE:LINE:COLUMN` and what to write instead.
/// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
std::vector<Parameter> read_samconfig(const YamlNode& root, const std::string& file, std::string_view environment);

/// `Key="value"` as SAM reads it back. Throws Error{kUsage} for a value that it cannot: a backslash at the end, or
/// before a quote, a blank or a line break.
std::string samconfig_override(const Parameter& parameter);

/// Adds, and refuses a key that is there with another value: which was meant nobody can tell.
void add_parameter_once(std::vector<Parameter>& parameters, Parameter added, const std::string& file, Position at);

}  // namespace wsdeep::stack

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/parameters.h"
#include "stack/settings/settings.h"
#include "stack/template/modules.h"

namespace wsdeep::stack {

struct ComposedTemplate {
  std::string text;                   ///< YAML, with comments and short tags
  std::vector<std::string> modules;   ///< that it is made of, in order
  std::vector<Parameter> parameters;  ///< values for the parameters that the template declares, in its order
  std::vector<std::string> to_fill;   ///< declared, without default and without a value: `deploy` knows them
};

/// The template of a part of one environment: the modules that its settings choose, merged. The same input gives the
/// same bytes. `only` selects modules of those (all when empty); their references may then dangle. Throws Error{kUsage}
/// for an unknown module in `only`, and Error{kFailure} when two modules define the same name in a section, or a module
/// is broken.
ComposedTemplate compose(const EnvironmentSettings& settings, Part part, const std::vector<std::string>& only = {},
                         const std::vector<TemplateModule>& modules = embedded_modules());

struct ModuleSummary {
  std::string name;
  std::string summary;  ///< the first sentence of its comment
  bool chosen = false;  ///< by the settings, for the part
};

/// All modules: those of the part in the order of the output, then the others by name.
std::vector<ModuleSummary> list_modules(const EnvironmentSettings& settings, Part part,
                                        const std::vector<TemplateModule>& modules = embedded_modules());

/// A YAML template as JSON: short tags become `Fn::…`, comments are lost. Throws Error{kUsage} for broken YAML.
std::string template_json(std::string_view yaml);

}  // namespace wsdeep::stack

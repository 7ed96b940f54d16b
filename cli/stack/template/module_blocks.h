#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/template/modules.h"
#include "stack/template/shape.h"

namespace wsdeep::stack {

/// One entry of a top-level section (a parameter, a resource …), ready for the output: the text of the module with its
/// comments, the directives resolved.
struct Block {
  std::string key;
  std::string text;  ///< indented by two, ends with a newline
};

struct Section {
  std::string name;           ///< "Resources", "Parameters", "Description" …
  std::string text;           ///< of a section that is no map of blocks: all of it
  std::vector<Block> blocks;  ///< of a section that is one
};

struct ResolvedModule {
  std::string comment;  ///< the lines at the top of the file, with their `#`
  std::vector<Section> sections;
};

/// Splits `module` and resolves its directives by `shape`. Throws Error{kFailure} that names module and line for YAML
/// that does not parse, and for a flag, slot or list that the shape does not have.
ResolvedModule resolve_module(const TemplateModule& module, const Shape& shape);

}  // namespace wsdeep::stack

#pragma once

#include <string>
#include <string_view>

#include "stack/yaml_tree.h"

namespace wsdeep::stack {

/// A TOML document as the tree that YAML gives: tables are maps, ordered by key; arrays are sequences. A string is a
/// scalar in quotes; a boolean, number or time a plain one with the text that it has in the file.
/// Throws Error{kUsage} `FILE:LINE:COLUMN: cause` for what is not TOML, or is nested deeper than anybody would.
YamlNode parse_toml(std::string_view text, const std::string& file);

}  // namespace wsdeep::stack

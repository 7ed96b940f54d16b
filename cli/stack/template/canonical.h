#pragma once

#include <set>
#include <string>
#include <string_view>

#include "stack/yaml_tree.h"

namespace wsdeep::stack {

/// Appends the node in the one form of all that mean the same: comments, quoting and line breaks do not count, order
/// does. Entries whose key is in `without` are left out, at every depth.
void write_canonical(const YamlNode& node, std::string& out, const std::set<std::string_view>& without = {});

}  // namespace wsdeep::stack

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// What the settings decide about the form of a template, in the words that templates/*.yaml use. Values that may
/// differ between deployments of one form are parameters instead (parameters.h).
struct Shape {
  std::vector<std::string> modules;  ///< names, in the order of the output
  std::map<std::string, bool, std::less<>> flags;
  /// YAML that takes the place of `!Slot name`; nothing: the entry is left out. More than one line: a block.
  std::map<std::string, std::optional<std::string>, std::less<>> slots;
  /// For `x-each: name`: the slots of each copy, and under `suffix` what its logical id ends with.
  std::map<std::string, std::vector<std::map<std::string, std::string>>, std::less<>> lists;
};

/// `new_conversation` → `NewConversation`: logical ids are letters and digits.
std::string pascal_case(std::string_view name);

Shape shape_of(const EnvironmentSettings& settings, Part part);

}  // namespace wsdeep::stack

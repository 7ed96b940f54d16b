#pragma once

#include <string>

namespace wsdeep::commands {

/// A check for options that say where: `-e "$UNSET"` is a mistake, and not the absence of `-e`.
inline std::string not_empty(const std::string& value) {
  return value.empty() ? "the value is empty: is a variable not set?" : "";
}

}  // namespace wsdeep::commands

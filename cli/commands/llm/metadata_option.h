#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wsdeep::commands {

/// `name=value` each; the value of a name that ends with `-bin` is base64, and becomes its bytes. Throws Error{kUsage}.
std::vector<std::pair<std::string, std::string>> parse_metadata(const std::vector<std::string>& assignments);

}  // namespace wsdeep::commands

#pragma once

#include <map>
#include <string>
#include <vector>

namespace wsdeep::commands {

/// `name=value` each, of names that differ. Throws Error{kUsage} that names `option`.
std::map<std::string, std::string> parse_pairs(const std::vector<std::string>& pairs, const std::string& option);

}  // namespace wsdeep::commands

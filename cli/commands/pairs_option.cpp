#include "commands/pairs_option.h"

#include <fmt/format.h>

#include "base/error.h"

namespace wsdeep::commands {

std::map<std::string, std::string> parse_pairs(const std::vector<std::string>& pairs, const std::string& option) {
  std::map<std::string, std::string> values;
  for (const std::string& pair : pairs) {
    const std::size_t mark = pair.find('=');
    if (mark == std::string::npos || mark == 0)
      throw Error(ErrorKind::kUsage, fmt::format("{} must be name=value, got '{}'", option, pair));
    if (!values.emplace(pair.substr(0, mark), pair.substr(mark + 1)).second)
      throw Error(ErrorKind::kUsage, fmt::format("{} {} is given twice", option, pair.substr(0, mark)));
  }
  return values;
}

}  // namespace wsdeep::commands

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wsdeep::commands {

/// `10,50,100`: rising shares of 1 to 100; empty for empty. Throws Error{kUsage} that names `flag`.
std::vector<std::int64_t> rising_percents(const std::string& text, const char* flag);

}  // namespace wsdeep::commands

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Whole decimal number within [low, high]; nothing for anything else, also for blanks around it.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t low, std::int64_t high);

}  // namespace wsdeep

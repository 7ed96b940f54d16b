#pragma once

#include <chrono>
#include <string_view>

namespace wsdeep {

/// `250us`, `20ms`, `1.5s`, `10m`, `2h`: a duration with its unit. Throws Error{kUsage} that names `what`.
std::chrono::microseconds parse_duration(std::string_view text, std::string_view what);
/// The same, in whole milliseconds.
std::chrono::milliseconds parse_milliseconds(std::string_view text, std::string_view what);

}  // namespace wsdeep

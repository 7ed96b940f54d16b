#include "base/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/printable.h"

namespace wsdeep {

std::chrono::microseconds parse_duration(std::string_view text, std::string_view what) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const double microseconds = unit == "us"   ? 1
                              : unit == "ms" ? 1e3
                              : unit == "s"  ? 1e6
                              : unit == "m"  ? 60e6
                              : unit == "h"  ? 3600e6
                                             : 0;
  constexpr double kLongest = 366.0 * 24 * 3600 * 1e6;
  if (fault != std::errc() || microseconds == 0 || value < 0 || !(value * microseconds <= kLongest))
    throw Error(ErrorKind::kUsage, fmt::format("{} must be a duration such as 250us, 20ms, 1.5s, 10m or 2h, got '{}'",
                                               what, printable(text)));
  return std::chrono::microseconds(std::llround(value * microseconds));
}

std::chrono::milliseconds parse_milliseconds(std::string_view text, std::string_view what) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(parse_duration(text, what));
}

}  // namespace wsdeep

#include "aws/unit_prices.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "base/ascii.h"

namespace wsdeep::aws {
namespace {

bool is_lower_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_part_of_type(std::string_view part, std::size_t least) {
  constexpr std::size_t kMost = 16;
  return part.size() >= least && part.size() <= kMost &&
         std::ranges::all_of(part, [](char c) { return is_lower_letter(c) || is_digit(c) || c == '-'; });
}

}  // namespace

bool is_instance_type(std::string_view type) {
  const std::size_t dot = type.find('.');
  return dot != std::string_view::npos && is_lower_letter(type.front()) && is_part_of_type(type.substr(0, dot), 2) &&
         is_part_of_type(type.substr(dot + 1), 4);
}

std::optional<double> usd_per_hour(std::string_view text) {
  constexpr double kMostUsdPerHour = 10'000;
  double usd = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), usd, std::chars_format::fixed);
  const bool is_number = fault == std::errc() && end == text.data() + text.size();
  return is_number && usd > 0 && usd <= kMostUsdPerHour ? std::optional(usd) : std::nullopt;
}

}  // namespace wsdeep::aws

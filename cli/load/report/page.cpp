#include "load/report/page.h"

#include <fmt/format.h>

#include <cmath>

#include "base/display.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kHeadWidth = 10;

/// Three significant digits.
std::string three_digits(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::string time_text(double microseconds) {
  if (microseconds < 999.5) return fmt::format("{:.0f}us", microseconds);
  if (microseconds < 999'500) return three_digits(microseconds / 1e3) + "ms";
  return three_digits(microseconds / 1e6) + "s";
}

std::string quantile_text(const std::optional<Quantile>& quantile) {
  if (!quantile) return "-";
  return (quantile->more_than ? "> " : "") + time_text(static_cast<double>(quantile->value));
}

std::string share_text(double share) {
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share < 1 && share >= 0.9995) return ">99.9%";
  return share == 0 || share == 1 ? fmt::format("{:.0f}%", share * 100) : fmt::format("{:.1f}%", share * 100);
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : share_text(static_cast<double>(part) / static_cast<double>(whole));
}

std::string percentile_name(double share) {
  return fmt::format("p{:.6g}", share * 100);
}

std::string rate_text(double per_second) {
  return three_digits(per_second) + "/s";
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string number_text(double number, int digits) {
  constexpr double kBeyondCounts = 1e15;  // which only a broken file has
  if (number >= 1000 && number < kBeyondCounts) return count_text(static_cast<std::uint64_t>(std::llround(number)));
  return fmt::format("{:.{}g}", number, digits);
}

std::string_view bold_colour(Tone tone) {
  return tone == Tone::kGood ? "1;32" : tone == Tone::kBad ? "1;31" : "1;33";
}

std::string_view plain_colour(Tone tone) {
  return bold_colour(tone).substr(2);
}

void Page::line(std::string_view text) {
  text_ += text.substr(0, text.find_last_not_of(' ') + 1);
  text_ += '\n';
}

void Page::say(std::string_view head, const std::string& words) {
  line(wrap(fmt::format("{:<{}}{}", head, kHeadWidth, words), columns_, kHeadWidth));
}

void Page::say(const Facts& facts) {
  for (const auto& [head, words] : facts) say(head, words);
}

void Page::heading(const std::string& text) {
  line();
  line(coloured("1", text));
}

std::string Page::coloured(std::string_view sgr, std::string_view text) const {
  return colour_ ? styled(sgr, text) : std::string(text);
}

}  // namespace wsdeep::load

#include "load/plan/timestamp.h"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/text.h"
#include "load/plan/words.h"

namespace wsdeep::load {
namespace {

constexpr Micros kMicrosInMinute = 60'000'000;

/// Takes `digits` digits and what must stand behind them off the text.
std::optional<int> take_number(std::string_view& text, std::size_t digits, std::string_view behind) {
  const std::string_view number = text.substr(0, digits);
  if (number.size() < digits || number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  text.remove_prefix(digits);
  if (!text.starts_with(behind)) return std::nullopt;
  text.remove_prefix(behind.size());
  return static_cast<int>(*parse_integer(number, 0, 9999));
}

/// `YYYY-MM-DD` and the `T` or blank behind it, in µs since 1970.
std::optional<Micros> take_date(std::string_view& text) {
  const auto year = take_number(text, 4, "-");
  const auto month = year ? take_number(text, 2, "-") : std::nullopt;
  const auto day = month ? take_number(text, 2, "") : std::nullopt;
  if (!day || text.empty() || (text[0] != ' ' && text[0] != 'T')) return std::nullopt;
  text.remove_prefix(1);
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::microseconds(std::chrono::sys_days(date).time_since_epoch()).count();
}

/// `hh:mm:ss` with a fraction, or without one.
std::optional<Micros> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2, ":");
  const auto minute = hour ? take_number(text, 2, ":") : std::nullopt;
  const auto second = minute ? take_number(text, 2, "") : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  Micros micros = (*hour * 60 + *minute) * kMicrosInMinute + *second * 1'000'000;
  if (!text.starts_with('.')) return micros;
  text.remove_prefix(1);
  Micros unit = 100'000;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10)
    micros += (text[0] - '0') * unit;
  return micros;
}

/// `Z`, `+hh:mm`, `-hh:mm` or nothing, to the end of the text.
std::optional<Micros> take_offset(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  const int sign = text[0] == '+' ? 1 : -1;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2, ":");
  const auto minutes = hours ? take_number(text, 2, "") : std::nullopt;
  if (!minutes || !text.empty() || *hours > 14 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes) * kMicrosInMinute;
}

std::optional<Micros> date_and_time_in(std::string_view text) {
  const auto date = take_date(text);
  const auto time = date ? take_time(text) : std::nullopt;
  const auto offset = time ? take_offset(text) : std::nullopt;
  if (!offset) return std::nullopt;
  return *date + *time - *offset;
}

}  // namespace

std::optional<Micros> timestamp_of(double number, double micros) {
  constexpr double kRange = 4e15;  // a hundred years and some
  const double instant = number * micros;
  if (!(std::abs(instant) <= kRange)) return std::nullopt;
  return std::llround(instant);
}

std::optional<Micros> timestamp_in(std::string_view text) {
  text = trim(text);
  if (text.find(':') != std::string_view::npos) return date_and_time_in(text);
  const auto seconds = number_in(text);
  return seconds ? timestamp_of(*seconds, 1e6) : std::nullopt;
}

}  // namespace wsdeep::load

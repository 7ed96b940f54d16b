#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/error.h"

namespace wsdeep {
namespace {

std::tm utc(SystemTime time) {
  const std::time_t seconds = epoch_seconds(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

// Not strftime: its %a and %b follow the process's locale, and these forms are fixed.
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

const char* month_name(const std::tm& t) {
  return kMonths.at(static_cast<std::size_t>(t.tm_mon));
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) throw Error(ErrorKind::kUsage, "not an ISO 8601 time");
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') throw Error(ErrorKind::kUsage, "not an ISO 8601 time");
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::int64_t epoch_ms(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::int64_t epoch_seconds(SystemTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

SystemTime from_epoch_ms(std::int64_t ms) {
  constexpr std::int64_t kMost =
      std::chrono::duration_cast<std::chrono::milliseconds>(SystemTime::max().time_since_epoch()).count();
  return SystemTime(std::chrono::milliseconds(std::clamp(ms, -kMost, kMost)));
}

std::string iso8601(SystemTime time) {
  const std::tm t = utc(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

std::string iso8601_ms(SystemTime time) {
  std::string text = iso8601(time);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, ((epoch_ms(time) % 1000) + 1000) % 1000);
}

std::string basic_iso8601(SystemTime time) {
  const std::tm t = utc(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
                     t.tm_sec);
}

std::string common_log_time(SystemTime time) {
  const std::tm t = utc(time);
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", t.tm_mday, month_name(t), t.tm_year + 1900, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

std::string cognito_timestamp(SystemTime time) {
  const std::tm t = utc(time);
  return fmt::format("{} {} {} {:02}:{:02}:{:02} UTC {:04}", kDays.at(static_cast<std::size_t>(t.tm_wday)),
                     month_name(t), t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, t.tm_year + 1900);
}

SystemTime parse_iso8601(std::string_view text) {
  using namespace std::chrono;
  const auto separator = [&](std::size_t at, char c) {
    if (at >= text.size() || text[at] != c) throw Error(ErrorKind::kUsage, "not an ISO 8601 time");
  };
  separator(4, '-'), separator(7, '-'), separator(10, 'T'), separator(13, ':'), separator(16, ':');
  const year_month_day date{year{digits(text, 0, 4)}, month{static_cast<unsigned>(digits(text, 5, 2))},
                            day{static_cast<unsigned>(digits(text, 8, 2))}};
  const int h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
  // The clock counts nanoseconds in 64 bits: from 1677 to 2262.
  if (date.year() < year{1678} || date.year() > year{2261}) throw Error(ErrorKind::kUsage, "not a time of our days");
  if (!date.ok() || h > 23 || m > 59 || s > 60) throw Error(ErrorKind::kUsage, "not an ISO 8601 time");
  std::size_t end = 19;
  int fraction_ms = 0;
  if (end < text.size() && text[end] == '.') {
    int weight = 100;
    for (++end; end < text.size() && text[end] >= '0' && text[end] <= '9'; ++end, weight /= 10)
      fraction_ms += (text[end] - '0') * weight;
  }
  const std::string_view zone = text.substr(end);
  if (zone != "Z" && zone != "+00:00") throw Error(ErrorKind::kUsage, "not an ISO 8601 time in UTC");
  return sys_days{date} + hours{h} + minutes{m} + seconds{s} + milliseconds{fraction_ms};
}

std::string human_duration(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 0.001) return fmt::format("{:.0f}us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.0f}ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  constexpr long kDay = 86400, kYear = 365 * kDay;
  if (whole < 3 * kDay) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  if (whole < 2 * kYear) return fmt::format("{} days", whole / kDay);
  return fmt::format("{} years", whole / kYear);
}

}  // namespace wsdeep

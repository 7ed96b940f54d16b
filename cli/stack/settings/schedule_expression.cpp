// AWS has two crons. EC2 Auto Scaling takes the five fields of Unix. EventBridge, and what is built like it, takes six
// in `cron(…)`: the last one is the year, days of the week count from 1 (Sunday), and because a day is said either by
// its date or by its weekday, exactly one of those two fields is `?`:
//
//   0 20 * * MON-FRI           Auto Scaling: weekdays at 20:00
//   cron(0 20 ? * MON-FRI *)   EventBridge:  the same
//
// What the documentation leaves open (ranges over the end, such as FRI-MON, and the letters' case) passes.

#include "stack/settings/schedule_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/text.h"

namespace wsdeep::stack {
namespace {

using ExpressionWords = std::vector<std::string_view>;

struct Field {
  std::string_view what;
  std::int64_t low;
  std::int64_t high;
  ExpressionWords names;  ///< of `first_name`, and on
  std::int64_t first_name;
};

const ExpressionWords kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
const ExpressionWords kDays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

const Field kMinute{"minute", 0, 59, {}, 0};
const Field kHour{"hour", 0, 23, {}, 0};
const Field kDayOfMonth{"day of the month", 1, 31, {}, 0};
const Field kMonth{"month", 1, 12, kMonths, 1};
const Field kAwsDayOfWeek{"day of the week", 1, 7, kDays, 1};
const Field kUnixDayOfWeek{"day of the week", 0, 7, kDays, 0};
const Field kYear{"year", 1970, 2199, {}, 0};

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

ExpressionWords words_of(std::string_view text) {
  ExpressionWords words;
  for (std::string_view word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

std::optional<std::int64_t> value_of(const Field& field, std::string_view text) {
  const auto name = std::find(field.names.begin(), field.names.end(), to_upper(text));
  if (name != field.names.end()) return field.first_name + (name - field.names.begin());
  return parse_integer(text, field.low, field.high);
}

std::string allowed(const Field& field) {
  std::string text = fmt::format("{} to {}", field.low, field.high);
  if (!field.names.empty()) text += fmt::format(", or {} to {}", field.names.front(), field.names.back());
  return text;
}

std::string no_value(const Field& field, std::string_view text) {
  return fmt::format("'{}' is no {}: {}", text, field.what, allowed(field));
}

/// A value, or two with a hyphen between them.
std::string range_problem(const Field& field, std::string_view text) {
  const std::size_t hyphen = text.find('-');
  for (const std::string_view end :
       {text.substr(0, hyphen), hyphen == std::string_view::npos ? std::string_view("*") : text.substr(hyphen + 1)})
    if (end != "*" && !value_of(field, end)) return no_value(field, end);
  return "";
}

/// `*`, a value or a range, each with an increment or not.
std::string plain_item_problem(const Field& field, std::string_view item) {
  const std::size_t slash = item.find('/');
  const std::string_view base = item.substr(0, slash);
  if (slash != std::string_view::npos && !parse_integer(item.substr(slash + 1), 1, 9999))
    return fmt::format("'{}' is no increment of the {}: a whole number from 1", item.substr(slash + 1), field.what);
  if (base == "*" || (base.empty() && slash != std::string_view::npos)) return "";
  return range_problem(field, base);
}

/// The letters that only EventBridge's days know: L (last), W (the nearest weekday), # (which one of the month).
bool is_special_day(const Field& field, std::string_view item) {
  const std::string upper = to_upper(item);
  const std::string_view text = upper;
  if (text == "L") return true;
  if (&field == &kDayOfMonth)
    return text == "LW" || (text.starts_with("L-") && parse_integer(text.substr(2), 1, 30)) ||
           (text.ends_with('W') && parse_integer(text.substr(0, text.size() - 1), 1, 31));
  if (&field != &kAwsDayOfWeek) return false;
  const std::size_t number = text.find('#');
  if (number != std::string_view::npos)
    return value_of(field, text.substr(0, number)) && parse_integer(text.substr(number + 1), 1, 5);
  return text.ends_with('L') && value_of(field, text.substr(0, text.size() - 1));
}

std::string field_problem(const Field& field, std::string_view text, bool special) {
  if (text == "?" && special && (&field == &kDayOfMonth || &field == &kAwsDayOfWeek)) return "";
  for (const std::string_view item : split(text, ',')) {
    if (special && is_special_day(field, item)) continue;
    if (std::string problem = plain_item_problem(field, item); !problem.empty()) return problem;
  }
  return "";
}

std::string fields_problem(const std::array<const Field*, 6>& fields, const ExpressionWords& words, bool special) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (std::string problem = field_problem(*fields[i], words[i], special); !problem.empty()) return problem;
  return "";
}

std::string aws_cron_problem(std::string_view text) {
  const ExpressionWords words = words_of(text);
  if (words.size() != 6)
    return fmt::format(
        "cron() has six fields (minute, hour, day of the month, month, day of the week, year), and here are {}",
        words.size());
  std::string problem = fields_problem({&kMinute, &kHour, &kDayOfMonth, &kMonth, &kAwsDayOfWeek, &kYear}, words, true);
  if (problem.empty() && (words[2] == "?") == (words[4] == "?"))
    problem = fmt::format("one of day of the month and day of the week must be ?, and here they are {} and {}",
                          words[2], words[4]);
  return problem;
}

std::string rate_problem(std::string_view text, ScheduleDialect dialect) {
  const ExpressionWords words = words_of(text);
  const auto value = words.empty() ? std::nullopt : parse_integer(words[0], 1, 999'999'999);
  const std::string_view unit = words.size() == 2 ? words[1] : std::string_view{};
  const std::string_view singular = unit.ends_with('s') ? unit.substr(0, unit.size() - 1) : unit;
  if (!value || (singular != "minute" && singular != "hour" && singular != "day"))
    return "rate() takes a whole number from 1 and minutes, hours or days";
  // EventBridge refuses `rate(1 minutes)` as well as `rate(5 minute)`.
  if (dialect == ScheduleDialect::kRule && (*value == 1) != (unit == singular))
    return fmt::format("rate({} {}) is written rate({} {}{})", *value, unit, *value, singular, *value == 1 ? "" : "s");
  return "";
}

/// `2026-11-20T13:00:00`
bool is_local_time(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  return std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(),
                    [](char c, char form) { return form == 'd' ? c >= '0' && c <= '9' : c == form; });
}

bool is_area(std::string_view word) {
  constexpr std::array<std::string_view, 16> kAreas{"Africa",    "America", "Antarctica", "Arctic", "Asia", "Atlantic",
                                                    "Australia", "Brazil",  "Canada",     "Chile",  "Etc",  "Europe",
                                                    "Indian",    "Mexico",  "Pacific",    "US"};
  return std::find(kAreas.begin(), kAreas.end(), word) != kAreas.end();
}

/// The names of the database that have no area, links included.
bool is_name_without_area(std::string_view word) {
  constexpr std::array<std::string_view, 45> kNames{
      "CET",     "CST6CDT",   "Cuba",    "EET",     "EST",   "EST5EDT",   "Egypt",     "Eire",     "Factory",
      "GB",      "GB-Eire",   "GMT",     "GMT+0",   "GMT-0", "GMT0",      "Greenwich", "HST",      "Hongkong",
      "Iceland", "Iran",      "Israel",  "Jamaica", "Japan", "Kwajalein", "Libya",     "MET",      "MST",
      "MST7MDT", "NZ",        "NZ-CHAT", "Navajo",  "PRC",   "PST8PDT",   "Poland",    "Portugal", "ROC",
      "ROK",     "Singapore", "Turkey",  "UCT",     "UTC",   "Universal", "W-SU",      "WET",      "Zulu"};
  return std::find(kNames.begin(), kNames.end(), word) != kNames.end();
}

}  // namespace

std::string schedule_problem(std::string_view expression, ScheduleDialect dialect) {
  const std::size_t open = expression.find('(');
  const std::string kind = to_lower(expression.substr(0, open));
  const bool closed = open != std::string_view::npos && expression.ends_with(')');
  const std::string_view inside =
      closed ? expression.substr(open + 1, expression.size() - open - 2) : std::string_view{};
  if (closed && kind == "cron") return aws_cron_problem(inside);
  if (closed && kind == "rate") return rate_problem(inside, dialect);
  if (dialect == ScheduleDialect::kRule) return "a schedule is cron(...) or rate(...)";
  if (closed && kind == "at")
    return is_local_time(inside) ? "" : fmt::format("at() takes a time such as 2026-11-20T13:00:00, got '{}'", inside);
  return "a schedule is cron(...), rate(...) or at(...)";
}

std::string unix_cron_problem(std::string_view expression) {
  const ExpressionWords words = words_of(expression);
  if (words.size() != 5 || expression.find('(') != std::string_view::npos)
    return fmt::format("this cron has five fields (minute, hour, day of the month, month, day of the week), and {}",
                       expression.find('(') != std::string_view::npos ? "is written without cron()"
                                                                      : fmt::format("here are {}", words.size()));
  return fields_problem({&kMinute, &kHour, &kDayOfMonth, &kMonth, &kUnixDayOfWeek, nullptr}, words, false);
}

std::string time_zone_problem(std::string_view name) {
  const std::size_t slash = name.find('/');
  const bool known_form = slash == std::string_view::npos
                              ? is_name_without_area(name)
                              : is_area(name.substr(0, slash)) && slash + 1 < name.size() && name.size() <= 64;
  const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/_+-").find(c) != std::string_view::npos;
  });
  if (known_form && clean) return "";
  return fmt::format("'{}' is no IANA time zone, such as UTC or Europe/Berlin", name);
}

std::optional<bool> is_known_time_zone(const std::string& name, const std::string& folder) {
  std::error_code fault;
  // Every database has UTC: a folder without it is none, or an empty one.
  if (!std::filesystem::is_regular_file(folder + "/UTC", fault)) return std::nullopt;
  return std::filesystem::is_regular_file(folder + "/" + name, fault);
}

}  // namespace wsdeep::stack

#include "load/plan/words.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"

namespace wsdeep::load {
namespace {

constexpr std::array<std::pair<std::string_view, Arrivals>, 4> kArrivalWords = {{
    {"constant", Arrivals::kConstant},
    {"poisson", Arrivals::kPoisson},
    {"poisson-fixed-n", Arrivals::kPoissonFixedN},
    {"gamma", Arrivals::kGamma},
}};

/// Arrivals a second, of any number that is not negative; nothing for what is no rate.
std::optional<double> rate_in(std::string_view text) {
  if (text.size() < 3 || text[text.size() - 2] != '/') return std::nullopt;
  const char unit = text.back();
  const double seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  const auto number = number_in(text.substr(0, text.size() - 2));
  if (seconds == 0 || !number || *number < 0) return std::nullopt;
  return *number / seconds;
}

double require_rate(std::string_view text, std::string_view what) {
  const auto rate = rate_in(text);
  if (rate) return *rate;
  throw Error(ErrorKind::kUsage, fmt::format("{} must be arrivals a second, a minute or an hour, such as 5/s, 300/m or "
                                             "100/h, got '{}'",
                                             what, printable(text)));
}

[[noreturn]] void refuse_range(std::string_view what, std::string_view range, std::string_view text) {
  throw Error(ErrorKind::kUsage, fmt::format("{} must be {}, got '{}'", what, range, printable(text)));
}

}  // namespace

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

double parse_rate(std::string_view text, std::string_view what) {
  const double rate = require_rate(text, what);
  if (rate <= 0 || rate > kMaxRate) refuse_range(what, fmt::format("above 0 and at most {:.0f}/s", kMaxRate), text);
  return rate;
}

double parse_stage_rate(std::string_view text, std::string_view what) {
  const double rate = require_rate(text, what);
  if (rate > kMaxRate) refuse_range(what, fmt::format("from 0 to {:.0f}/s", kMaxRate), text);
  return rate;
}

Micros parse_span(std::string_view text, std::string_view what) {
  const Micros span = parse_duration(text, what).count();
  if (span <= 0) refuse_range(what, "longer than nothing", text);
  return span;
}

Arrivals parse_arrivals(std::string_view text, std::string_view what) {
  std::vector<std::string> words;
  for (const auto& [word, arrivals] : kArrivalWords) {
    if (text == word) return arrivals;
    words.emplace_back(word);
  }
  const auto meant = closest(text, words);
  throw Error(ErrorKind::kUsage,
              fmt::format("{} must be constant, poisson, poisson-fixed-n or gamma, got '{}'{}", what, printable(text),
                          meant ? fmt::format(", did you mean '{}'?", *meant) : ""));
}

Cancel parse_cancel(std::string_view text, std::string_view what) {
  const std::size_t at = text.find("%@");
  const auto percent = at == std::string_view::npos ? std::nullopt : number_in(text.substr(0, at));
  if (!percent || !(*percent > 0 && *percent <= 100))
    throw Error(ErrorKind::kUsage, fmt::format("{} must be a share of the turns and when they are given up, such as "
                                               "5%@2s, got '{}'",
                                               what, printable(text)));
  return {*percent / 100, parse_span(text.substr(at + 2), what)};
}

}  // namespace wsdeep::load

#include "load/report/plot_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace wsdeep::load {
namespace {

constexpr double kLogFrom = 100;  ///< so far apart, small values are no longer seen on a linear axis
/// What a file says may be any double: beyond these the arithmetic of an axis overflows.
constexpr double kLeastShown = 1e-300;
constexpr double kMostShown = 1e300;
constexpr double kLastTick = 10 * kMostShown;

/// How far a value is along a scale, before the ends are known.
double plot_way(PlotScale scale, double value) {
  switch (scale) {
    case PlotScale::kLinear:
      return value;
    case PlotScale::kLog:
      return std::log10(std::max(value, kLeastShown));
    case PlotScale::kNines:
      return -std::log10(std::max(1 - value, 1e-12));
  }
  return value;
}

double plot_value(PlotScale scale, double way) {
  switch (scale) {
    case PlotScale::kLinear:
      return way;
    case PlotScale::kLog:
      return std::pow(10, way);
    case PlotScale::kNines:
      return 1 - std::pow(10, -way);
  }
  return way;
}

/// 1, 2 or 5 times a power of ten, not less than this.
double round_up_to_nice(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (decade * factor >= value * (1 - 1e-9)) return decade * factor;
  return decade * 10;
}

std::vector<PlotTick> ticks_at_steps(const PlotRange& range, double step, PlotText text) {
  std::vector<PlotTick> ticks;
  const double first = std::ceil(range.low / step - 1e-9);
  const auto count = static_cast<std::size_t>(std::clamp((range.high - first * step) / step + 1e-9, 0.0, 50.0));
  for (std::size_t i = 0; i <= count; ++i) {
    const double at = (first + static_cast<double>(i)) * step;
    ticks.push_back({at, text(at)});
  }
  return ticks;
}

/// Powers of ten, with their doubles and fives where that leaves room enough.
std::vector<PlotTick> log_ticks(const PlotRange& range, std::size_t most, PlotText text) {
  const double decades = std::log10(range.high / range.low);
  const std::vector<double> factors =
      decades * 3 <= static_cast<double>(most) ? std::vector{1.0, 2.0, 5.0} : std::vector{1.0};
  const double every = std::max(1.0, std::ceil(decades / static_cast<double>(most)));
  std::vector<PlotTick> ticks;
  for (double power = std::floor(std::log10(range.low)); std::pow(10, power) <= range.high * 1.001; power += every)
    for (const double factor : factors) {
      const double at = factor * std::pow(10, power);
      if (at >= range.low * 0.999 && at <= range.high * 1.001) ticks.push_back({at, text(at)});
    }
  return ticks;
}

std::vector<PlotTick> nines_ticks(const PlotRange& range, PlotText text) {
  std::vector<PlotTick> ticks;
  for (const double share : {0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999})
    if (share >= range.low && share <= range.high) ticks.push_back({share, text(share)});
  return ticks;
}

PlotRange log_range(double least, double most) {
  const double low = std::pow(10, std::floor(std::log10(least)));
  return {PlotScale::kLog, low, std::max(round_up_to_nice(most), low * 10)};
}

}  // namespace

double PlotRange::place(double value) const {
  const double from = plot_way(scale, low);
  const double length = plot_way(scale, high) - from;
  if (!(length > 0)) return 0;
  const double place = (plot_way(scale, value) - from) / length;
  return place > 0 ? std::min(place, 1.0) : 0;
}

double PlotRange::value_at(double place) const {
  const double from = plot_way(scale, low);
  return plot_value(scale, from + place * (plot_way(scale, high) - from));
}

std::vector<PlotTick> plot_ticks(const PlotRange& range, std::size_t most, PlotText text) {
  if (!std::isfinite(range.low) || !(range.high <= kLastTick)) return {};
  if (range.scale == PlotScale::kNines) return nines_ticks(range, text);
  if (range.scale == PlotScale::kLog) return log_ticks(range, most, text);
  return ticks_at_steps(range, round_up_to_nice((range.high - range.low) / static_cast<double>(most)), text);
}

std::vector<PlotTick> plot_time_ticks(const PlotRange& range, std::size_t most) {
  constexpr std::array<double, 14> kSteps = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};
  const double least = (range.high - range.low) / static_cast<double>(most);
  const auto* step = std::find_if(kSteps.begin(), kSteps.end(), [&](double one) { return one >= least; });
  if (step == kSteps.end()) return plot_ticks(range, most, plot_seconds_text);
  return ticks_at_steps(range, *step, plot_seconds_text);
}

PlotRange plot_range_of(const std::vector<double>& values) {
  double least = 0;
  double most = 0;
  for (const double value : values) {
    if (!(value >= kLeastShown && value <= kMostShown)) continue;
    least = least == 0 ? value : std::min(least, value);
    most = std::max(most, value);
  }
  if (most == 0) return {PlotScale::kLinear, 0, 1};
  if (most > least * kLogFrom) return log_range(least, most);
  const double step = round_up_to_nice(most / 5);
  return {PlotScale::kLinear, 0, step * std::ceil(most / step - 1e-9)};
}

std::string plot_seconds_text(double seconds) {
  if (!(std::abs(seconds) < 1e15)) return fmt::format("{:.3g}s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t hours = whole / 3600;
  const std::int64_t minutes = whole / 60 % 60;
  const std::int64_t rest = whole % 60;
  std::string text;
  if (hours != 0) text += fmt::format("{}h", hours);
  if (minutes != 0) text += fmt::format("{}m", minutes);
  if (rest != 0 || text.empty()) text += fmt::format("{}s", rest);
  return text;
}

}  // namespace wsdeep::load

#include "load/limit/point_length.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "load/limit/level_blocks.h"

namespace wsdeep::load {
namespace {

constexpr double kShortestPoint = 60e6;
constexpr double kLongestPoint = 24 * 3600e6;
constexpr double kBeyondOfPoint = 10;  ///< turns that may be beyond a level
constexpr double kWaitsOfPoint = 50;   ///< as long as a level allows to wait
constexpr double kAnswersOfPoint = 3 * kPointBlocks;

}  // namespace

Micros point_length(const std::vector<Level>& levels, double rate, Micros alone) {
  double length = std::max(kShortestPoint, kAnswersOfPoint * static_cast<double>(alone));
  for (const Level& level : levels) {
    length = std::max(length, kBeyondOfPoint / allowed_share(level) / rate * 1e6);
    if (std::holds_alternative<MetricQuantile>(level.what)) length = std::max(length, kWaitsOfPoint * level.limit);
  }
  return static_cast<Micros>(std::min(length, kLongestPoint));
}

}  // namespace wsdeep::load

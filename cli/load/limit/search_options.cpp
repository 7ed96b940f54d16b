#include "load/limit/search_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "load/limit/level_blocks.h"

namespace wsdeep::load {
namespace {

constexpr double kMostErrors = 0.05;
constexpr int kDigits = 4;  ///< of a rate

bool speaks_of_errors(const Level& level) {
  const auto* share = std::get_if<Share>(&level.what);
  return share != nullptr && (*share == Share::kGood || *share == Share::kErrors);
}

}  // namespace

std::vector<Level> with_error_level(std::vector<Level> levels) {
  if (std::ranges::any_of(levels, speaks_of_errors)) return levels;
  double share = kMostErrors;
  for (const Level& level : levels) share = std::min(share, allowed_share(level));
  levels.push_back(parse_level(fmt::format("error_share<{:.4g}%", share * 100)));
  return levels;
}

double sayable_load(LoadAxis axis, double load) {
  if (axis == LoadAxis::kUsers) return std::max(1.0, std::round(load));
  // By its digits, so that the number is the one that they are read as.
  return std::stod(fmt::format("{:.{}e}", load, kDigits - 1));
}

}  // namespace wsdeep::load

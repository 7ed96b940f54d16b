#pragma once

#include <cstddef>
#include <vector>

/// The points of a plot's lines. Private to report/.
namespace wsdeep::load {

struct PlotPoint {
  double x = 0;
  double y = 0;            ///< not a number: nothing was measured there, and the line has a gap
  bool more_than = false;  ///< a lower bound: no line joins it
};

/// The most points of a line that are drawn: so many columns has a plot, and each keeps its least and its greatest.
inline constexpr std::size_t kPlotColumns = 1000;

/// As they are while there are at most two for each column; else of each column of [low, high] the least and the
/// greatest, in their order, so that no spike is lost. A column without a value is one gap.
std::vector<PlotPoint> reduced_points(const std::vector<PlotPoint>& points, double low, double high);

}  // namespace wsdeep::load

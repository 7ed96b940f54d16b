#include "load/report/plot_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "load/report/plot_axis.h"

namespace wsdeep::load {
namespace {

/// What a column keeps of its points.
struct ColumnExtremes {
  const PlotPoint* least = nullptr;
  const PlotPoint* greatest = nullptr;
  double x = 0;  ///< of its first point, for the gap where there is no value

  void add(const PlotPoint& point) {
    if (std::isnan(point.y)) return;
    if (least == nullptr || point.y < least->y) least = &point;
    if (greatest == nullptr || point.y > greatest->y) greatest = &point;
  }

  void give(std::vector<PlotPoint>& points) const {
    if (least == nullptr) {
      points.push_back({x, std::numeric_limits<double>::quiet_NaN()});
      return;
    }
    points.push_back(*std::min(least, greatest));
    if (least != greatest) points.push_back(*std::max(least, greatest));
  }
};

}  // namespace

std::vector<PlotPoint> reduced_points(const std::vector<PlotPoint>& points, double low, double high) {
  if (points.size() <= 2 * kPlotColumns) return points;
  const PlotRange range{PlotScale::kLinear, low, high};
  std::vector<PlotPoint> reduced;
  ColumnExtremes column;
  std::size_t number = kPlotColumns;
  for (const PlotPoint& point : points) {
    const auto here = std::min(kPlotColumns - 1, static_cast<std::size_t>(range.place(point.x) * kPlotColumns));
    if (here != number) {
      if (number != kPlotColumns) column.give(reduced);
      column = {.x = point.x};
      number = here;
    }
    column.add(point);
  }
  column.give(reduced);
  return reduced;
}

}  // namespace wsdeep::load

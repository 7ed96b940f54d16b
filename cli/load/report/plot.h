#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load/report/markup.h"
#include "load/report/plot_axis.h"
#include "load/report/plot_points.h"

/// Plots as inline SVG, drawn by us: no script, no picture, no font is fetched. Private to report/.
namespace wsdeep::load {

/// How a line is drawn: joined, or as marks that can be told from each other without their colour.
enum class PlotLook { kJoined, kRound, kSquare, kSmall, kRing };

struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  ///< in the order of x
  PlotLook look = PlotLook::kJoined;
};

/// What is counted in a part of x, by kinds that stand on each other.
struct PlotBar {
  double from = 0;
  double to = 0;
  std::vector<double> counts;  ///< one for each of Plot::kinds
};

/// A value that is asked for: a line across the plot.
struct PlotLevel {
  std::string name;
  double y = 0;
};

/// A part of x that is shaded.
struct PlotBand {
  std::string name;
  double from = 0;
  double to = 0;
};

/// A border at x.
struct PlotMark {
  std::string name;
  double x = 0;
};

struct Plot {
  std::string title;
  std::string note{};  ///< what a reader has to know of it, below the title
  PlotText x_text = plot_seconds_text;
  PlotText y_text = nullptr;
  bool counts = false;           ///< y has whole numbers alone
  std::optional<PlotRange> x{};  ///< else seconds, from 0 to the last
  std::optional<PlotRange> y{};  ///< else what the values need
  std::vector<PlotLine> lines{};
  std::vector<std::string> kinds{};
  std::vector<PlotBar> bars{};
  std::vector<PlotLevel> levels{};
  std::vector<PlotBand> bands{};
  std::vector<PlotMark> marks{};

  /// Whether there is anything to draw.
  bool has_values() const;
};

/// A figure: title, note, legend, the plot itself, and its values in words for who cannot see it. Nothing when there
/// are no values.
void draw_plot(Markup& page, const Plot& plot);

}  // namespace wsdeep::load

#include "load/report/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

namespace wsdeep::load {
namespace {

/// The drawing is stretched to whatever room there is, and its lines keep their width; what is to be read stands
/// outside of it, as text of the page, so that it is as large on a phone as on a desk.
constexpr double kCanvas = 1000;
constexpr double kBoundStroke = 40;
constexpr double kNearEnd = 0.98;
constexpr std::size_t kMostYTicks = 5;
constexpr std::size_t kMostXTicks = 8;
constexpr std::size_t kHoverParts = 60;
constexpr const char* kRingClass = "ring";
constexpr std::size_t kLooks = 8;  ///< of lines and bars, as the style sheet has them

std::string percent_at(double place) {
  return fmt::format("{:.2f}%", place * 100);
}

std::string look_of(std::size_t number) {
  return fmt::format("l{}", number % kLooks);
}

double total_of(const PlotBar& bar) {
  return std::accumulate(bar.counts.begin(), bar.counts.end(), 0.0);
}

/// Both axes of a plot.
struct PlotFrame {
  PlotRange x;
  PlotRange y;

  double left(double value) const { return x.place(value) * kCanvas; }
  double top(double value) const { return (1 - y.place(value)) * kCanvas; }
};

PlotRange x_range_of(const Plot& plot) {
  if (plot.x) return *plot.x;
  double last = 1;
  for (const PlotLine& line : plot.lines)
    for (const PlotPoint& point : line.points) last = std::max(last, point.x);
  for (const PlotBar& bar : plot.bars) last = std::max(last, bar.to);
  return {PlotScale::kLinear, 0, last};
}

PlotRange y_range_of(const Plot& plot) {
  if (plot.y) return *plot.y;
  std::vector<double> values;
  for (const PlotLine& line : plot.lines)
    for (const PlotPoint& point : line.points) values.push_back(point.y);
  if (!plot.bars.empty()) {
    double most = 0;
    for (const PlotBar& bar : plot.bars) most = std::max(most, total_of(bar));
    return plot_range_of({most});
  }
  for (const PlotLevel& level : plot.levels) values.push_back(level.y);
  return plot_range_of(values);
}

/// The stretches of a line that are measured, between the gaps and the lower bounds.
std::vector<std::vector<PlotPoint>> stretches_of(const std::vector<PlotPoint>& points) {
  std::vector<std::vector<PlotPoint>> stretches(1);
  for (const PlotPoint& point : points) {
    if (!std::isnan(point.y) && !point.more_than)
      stretches.back().push_back(point);
    else if (!stretches.back().empty())
      stretches.emplace_back();
  }
  return stretches;
}

/// `M0 10L5 20`
std::string stretch_path(const std::vector<PlotPoint>& points, const PlotFrame& frame) {
  std::string path;
  for (const PlotPoint& point : points)
    path += fmt::format("{}{:.0f} {:.0f}", path.empty() ? 'M' : 'L', frame.left(point.x), frame.top(point.y));
  return path;
}

std::string dot_path(const PlotPoint& point, const PlotFrame& frame) {
  return fmt::format("M{:.0f} {:.0f}h0", frame.left(point.x), frame.top(point.y));
}

std::string dots_path(const std::vector<PlotPoint>& points, const PlotFrame& frame) {
  std::string path;
  for (const PlotPoint& point : points)
    if (!std::isnan(point.y)) path += dot_path(point, frame);
  return path;
}

/// Each lower bound a stroke upwards: it is at least that much.
std::string bounds_path(const std::vector<PlotPoint>& points, const PlotFrame& frame) {
  std::string path;
  for (const PlotPoint& point : points)
    if (point.more_than && !std::isnan(point.y))
      path += fmt::format("M{:.0f} {:.0f}v-{:.0f}", frame.left(point.x), frame.top(point.y), kBoundStroke);
  return path;
}

std::string_view mark_class(PlotLook look) {
  switch (look) {
    case PlotLook::kJoined:
      return "line";
    case PlotLook::kRound:
      return "round";
    case PlotLook::kSquare:
      return "square";
    case PlotLook::kSmall:
      return "small";
    case PlotLook::kRing:
      return kRingClass;
  }
  return "";
}

void draw_path(Markup& page, const std::string& look, const std::string& path) {
  if (!path.empty()) page.element("path", "", {{"class", look}, {"d", path}});
}

/// A ring is a mark with a hole in it, of the paper's colour.
void draw_marks(Markup& page, std::string_view kind, std::size_t number, const std::string& path) {
  draw_path(page, fmt::format("{} {}", kind, look_of(number)), path);
  if (kind == kRingClass) draw_path(page, "hole", path);
}

/// What is measured alone, between gaps, is a dot.
void draw_joined(Markup& page, const std::vector<PlotPoint>& points, const std::string& look, const PlotFrame& frame) {
  std::string lines;
  std::string alone;
  for (const std::vector<PlotPoint>& stretch : stretches_of(points)) {
    if (stretch.size() == 1)
      alone += dot_path(stretch.front(), frame);
    else
      lines += stretch_path(stretch, frame);
  }
  draw_path(page, "line " + look, lines);
  draw_path(page, "small " + look, alone);
  draw_path(page, "bound " + look, bounds_path(points, frame));
}

void draw_lines(Markup& page, const Plot& plot, const PlotFrame& frame) {
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    const PlotLine& line = plot.lines[i];
    const std::vector<PlotPoint> points = reduced_points(line.points, frame.x.low, frame.x.high);
    if (line.look == PlotLook::kJoined)
      draw_joined(page, points, look_of(i), frame);
    else
      draw_marks(page, mark_class(line.look), i, dots_path(points, frame));
  }
}

/// All bars' part of one kind, which stands on those before.
std::string bars_path(const Plot& plot, std::size_t kind, const PlotFrame& frame) {
  std::string path;
  for (const PlotBar& bar : plot.bars) {
    const double below =
        std::accumulate(bar.counts.begin(), bar.counts.begin() + static_cast<std::ptrdiff_t>(kind), 0.0);
    if (bar.counts[kind] <= 0) continue;
    const double left = frame.left(bar.from);
    const double bottom = frame.top(below);
    const double top = frame.top(below + bar.counts[kind]);
    path += fmt::format("M{:.0f} {:.0f}H{:.0f}V{:.0f}H{:.0f}z", left, bottom, frame.left(bar.to), top, left);
  }
  return path;
}

void draw_bands(Markup& page, const Plot& plot, const PlotFrame& frame) {
  for (const PlotBand& band : plot.bands) {
    const double left = frame.left(band.from);
    page.element("rect", "",
                 {{"class", "band"},
                  {"x", fmt::format("{:.0f}", left)},
                  {"y", "0"},
                  {"width", fmt::format("{:.0f}", frame.left(band.to) - left)},
                  {"height", fmt::format("{:.0f}", kCanvas)}});
  }
}

void draw_grid(Markup& page, const Plot& plot, const PlotFrame& frame, const std::vector<PlotTick>& y_ticks) {
  std::string grid;
  for (const PlotTick& tick : y_ticks) grid += fmt::format("M0 {:.0f}H{:.0f}", frame.top(tick.at), kCanvas);
  draw_path(page, "grid", grid);
  std::string marks;
  for (const PlotMark& mark : plot.marks) marks += fmt::format("M{:.0f} 0V{:.0f}", frame.left(mark.x), kCanvas);
  draw_path(page, "mark", marks);
  std::string levels;
  for (const PlotLevel& level : plot.levels) levels += fmt::format("M0 {:.0f}H{:.0f}", frame.top(level.y), kCanvas);
  draw_path(page, "level", levels);
}

/// `77.4ms`, or `65ms … 80ms` of several.
std::string spread_of(const std::vector<PlotPoint>& points, double from, double to, PlotText text) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  bool more_than = false;
  for (const PlotPoint& point : points) {
    if (point.x < from || point.x >= to || std::isnan(point.y)) continue;
    least = std::min(least, point.y);
    most = std::max(most, point.y);
    more_than = more_than || point.more_than;
  }
  if (least > most) return "nothing measured";
  const std::string greatest = (more_than ? "> " : "") + text(most);
  return text(least) == text(most) ? greatest : fmt::format("{} … {}", text(least), greatest);
}

std::string bar_words(const Plot& plot, double from, double to) {
  std::string words;
  for (std::size_t kind = 0; kind < plot.kinds.size(); ++kind) {
    double sum = 0;
    for (const PlotBar& bar : plot.bars)
      if (bar.from >= from && bar.from < to) sum += bar.counts[kind];
    if (sum > 0) words += fmt::format(" · {} {}", plot.kinds[kind], plot.y_text(sum));
  }
  return words;
}

/// What stands in a part of the plot, in words: shown where a pointer rests.
std::string hover_words(const Plot& plot, double from, double to) {
  std::string words = fmt::format("{} … {}", plot.x_text(from), plot.x_text(to));
  for (const PlotLine& line : plot.lines)
    words += fmt::format(" · {}: {}", line.name, spread_of(line.points, from, to, plot.y_text));
  return words + bar_words(plot, from, to);
}

std::size_t hover_parts_of(const Plot& plot) {
  std::size_t most = plot.bars.size();
  for (const PlotLine& line : plot.lines) most = std::max(most, line.points.size());
  return std::clamp<std::size_t>(most, 1, kHoverParts);
}

void draw_hovers(Markup& page, const Plot& plot, const PlotFrame& frame) {
  const std::size_t parts = hover_parts_of(plot);
  const double width = kCanvas / static_cast<double>(parts);
  for (std::size_t part = 0; part < parts; ++part) {
    const double left = width * static_cast<double>(part);
    const double from = frame.x.value_at(left / kCanvas);
    const double to = frame.x.value_at((left + width) / kCanvas);
    const auto rect = page.open("rect", {{"class", "hover"},
                                         {"x", fmt::format("{:.1f}", left)},
                                         {"width", fmt::format("{:.1f}", width)},
                                         {"height", fmt::format("{:.0f}", kCanvas)}});
    page.element("title", hover_words(plot, from, to));
  }
}

void draw_canvas(Markup& page, const Plot& plot, const PlotFrame& frame, const std::vector<PlotTick>& y_ticks) {
  const auto canvas = page.open(
      "svg", {{"viewBox", fmt::format("0 0 {:.0f} {:.0f}", kCanvas, kCanvas)}, {"preserveAspectRatio", "none"}});
  draw_bands(page, plot, frame);
  draw_grid(page, plot, frame, y_ticks);
  for (std::size_t kind = 0; kind < plot.kinds.size(); ++kind)
    draw_path(page, "bar " + look_of(kind), bars_path(plot, kind, frame));
  draw_lines(page, plot, frame);
  draw_hovers(page, plot, frame);
}

void label(Markup& page, std::string_view look, std::string_view side, double place, std::string_view words) {
  page.element("span", words, {{"class", std::string(look)}, {"style", fmt::format("{}:{}", side, percent_at(place))}});
}

/// Names of what is drawn in the plot, where it is drawn.
void label_canvas(Markup& page, const Plot& plot, const PlotFrame& frame) {
  for (const PlotLevel& level : plot.levels) label(page, "of-level", "bottom", frame.y.place(level.y), level.name);
  for (const PlotMark& mark : plot.marks) label(page, "of-mark", "left", frame.x.place(mark.x), mark.name);
  for (const PlotBand& band : plot.bands) label(page, "of-band", "left", frame.x.place(band.from), band.name);
}

void draw_key(Markup& page, std::string_view kind, std::size_t number, std::string_view words) {
  const auto item = page.open("li");
  {
    const auto key = page.open("svg", {{"class", "key"}, {"viewBox", "0 0 28 10"}, {"aria-hidden", "true"}});
    const std::string path = kind == "bar" ? "M2 0H26V10H2z" : kind == "line" ? "M0 5H28" : "M14 5h0";
    draw_marks(page, kind, number, path);
  }
  page.text(words);
}

bool has_bounds(const PlotLine& line) {
  return line.look == PlotLook::kJoined &&
         std::any_of(line.points.begin(), line.points.end(), [](const PlotPoint& point) { return point.more_than; });
}

/// Of one line alone the title says what it is.
void draw_legend(Markup& page, const Plot& plot) {
  if (plot.lines.size() + plot.kinds.size() == 1 && std::none_of(plot.lines.begin(), plot.lines.end(), has_bounds))
    return;
  const auto list = page.open("ul", {{"class", "legend"}});
  for (std::size_t i = 0; i < plot.lines.size(); ++i)
    draw_key(page, mark_class(plot.lines[i].look), i, plot.lines[i].name);
  for (std::size_t i = 0; i < plot.kinds.size(); ++i) draw_key(page, "bar", i, plot.kinds[i]);
  if (std::any_of(plot.lines.begin(), plot.lines.end(), has_bounds))
    page.element("li", "strokes upwards: at least that much");
}

/// The plot for who cannot see it.
std::string words_of(const Plot& plot, const PlotFrame& frame) {
  std::string words =
      fmt::format("{}, from {} to {}.", plot.title, plot.x_text(frame.x.low), plot.x_text(frame.x.high));
  constexpr double kAll = std::numeric_limits<double>::infinity();
  for (const PlotLine& line : plot.lines)
    words += fmt::format(" {}: {}.", line.name, spread_of(line.points, -kAll, kAll, plot.y_text));
  for (std::size_t kind = 0; kind < plot.kinds.size(); ++kind) {
    double sum = 0;
    for (const PlotBar& bar : plot.bars) sum += bar.counts[kind];
    words += fmt::format(" {}: {}.", plot.kinds[kind], plot.y_text(sum));
  }
  for (const PlotLevel& level : plot.levels) words += fmt::format(" Level: {}.", level.name);
  return words;
}

std::vector<PlotTick> y_ticks_of(const Plot& plot, const PlotRange& range) {
  std::vector<PlotTick> ticks = plot_ticks(range, kMostYTicks, plot.y_text);
  if (plot.counts) std::erase_if(ticks, [](const PlotTick& tick) { return tick.at != std::floor(tick.at); });
  return ticks;
}

std::vector<PlotTick> x_ticks_of(const Plot& plot, const PlotRange& range) {
  return plot.x ? plot_ticks(range, kMostXTicks, plot.x_text) : plot_time_ticks(range, kMostXTicks);
}

/// The one at the end reaches no further than the page.
void draw_x_ticks(Markup& page, const Plot& plot, const PlotFrame& frame) {
  const auto axis = page.open("div", {{"class", "x"}});
  for (const PlotTick& tick : x_ticks_of(plot, frame.x)) {
    const double place = frame.x.place(tick.at);
    label(page, place > kNearEnd ? "tick last" : "tick", "left", place, tick.text);
  }
}

}  // namespace

bool Plot::has_values() const {
  const auto measured = [](const PlotLine& line) {
    return std::any_of(line.points.begin(), line.points.end(),
                       [](const PlotPoint& point) { return !std::isnan(point.y); });
  };
  return std::any_of(lines.begin(), lines.end(), measured) ||
         std::any_of(bars.begin(), bars.end(), [](const PlotBar& bar) { return total_of(bar) > 0; });
}

void draw_plot(Markup& page, const Plot& plot) {
  if (!plot.has_values()) return;
  const PlotFrame frame{x_range_of(plot), y_range_of(plot)};
  const std::vector<PlotTick> y_ticks = y_ticks_of(plot, frame.y);
  const auto figure = page.open("figure");
  page.element("figcaption", plot.title);
  if (!plot.note.empty()) page.element("p", plot.note, {{"class", "note"}});
  draw_legend(page, plot);
  const auto all = page.open("div", {{"class", "plot"}, {"role", "img"}, {"aria-label", words_of(plot, frame)}});
  {
    const auto axis = page.open("div", {{"class", "y"}});
    for (const PlotTick& tick : y_ticks) label(page, "tick", "bottom", frame.y.place(tick.at), tick.text);
  }
  {
    const auto canvas = page.open("div", {{"class", "canvas"}});
    draw_canvas(page, plot, frame, y_ticks);
    label_canvas(page, plot, frame);
  }
  draw_x_ticks(page, plot, frame);
}

}  // namespace wsdeep::load

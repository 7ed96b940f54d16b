#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "load/measure/levels.h"
#include "load/report/html_documents.h"
#include "load/report/html_parts.h"
#include "load/report/limit_text.h"
#include "load/report/page.h"
#include "load/report/point_figures.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

std::string plot_rate_text(double load) {
  return load_words(LoadAxis::kRate, load);
}

std::string plot_users_text(double load) {
  return load_words(LoadAxis::kUsers, load);
}

std::string_view tried_words(TriedFor tried_for) {
  switch (tried_for) {
    case TriedFor::kFirst:
      return "first guess";
    case TriedFor::kDoubling:
      return "doubled";
    case TriedFor::kHalving:
      return "halved";
    case TriedFor::kBisection:
      return "between";
    case TriedFor::kConfirmation:
      return "once more";
    case TriedFor::kSweep:
      return "named";
  }
  return "";
}

/// `ttft_p99<800ms: 0.8% … 2.1% beyond, 1.0% allowed`
std::string shares_text(const LimitPoint& point) {
  std::vector<std::string> words;
  for (const LevelShare& share : point.levels)
    words.push_back(fmt::format("{}: {} … {} beyond, {} allowed", share.level, share_text(share.low),
                                share_text(share.high), share_text(share.allowed)));
  return join(words, "; ");
}

void write_points(Markup& page, const LimitSearch& search) {
  HtmlTable table{.caption = "Every load that was tried, in order",
                  .heads = {"load", "judged", "tried as", "attempts", "beyond a level, with its interval", "why"}};
  for (const LimitPoint& point : search.points) {
    table.rows.push_back({{load_words(search.axis, point.load)},
                          judged_cell(toned_word(point.judged)),
                          {std::string(tried_words(point.tried_for)), true},
                          {count_text(PointFigures(point).attempts)},
                          {shares_text(point), true},
                          {point.why, true}});
  }
  if (!table.rows.empty()) write_table(page, table);
}

/// The judgements, each with marks of its own.
struct JudgedMarks {
  PointJudgement judged;
  const char* name;
  PlotLook look;
};
constexpr std::array kJudgedMarks = {
    JudgedMarks{PointJudgement::kFailed, "failed", PlotLook::kSquare},
    JudgedMarks{PointJudgement::kUndecided, "undecided", PlotLook::kSmall},
    JudgedMarks{PointJudgement::kPassed, "passed", PlotLook::kRound},
    JudgedMarks{PointJudgement::kInvalid, "INVALID", PlotLook::kRing},
};

/// The level in `text`, where it speaks of a metric's percentile.
std::optional<Level> percentile_in(const std::string& text) {
  try {
    Level level = parse_level(text);
    return std::holds_alternative<MetricQuantile>(level.what) ? std::optional(std::move(level)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // of a file that another version wrote: its shares are drawn all the same
  }
}

/// What a point has for a plot: its place beside others' of the same judgement.
using PointsOf = std::function<std::vector<PlotPoint>(const LimitPoint&)>;

Plot plot_of_points(const LimitSearch& search, std::string title, const PointsOf& points_of) {
  Plot plot;
  plot.title = std::move(title);
  plot.x_text = search.axis == LoadAxis::kUsers ? plot_users_text : plot_rate_text;
  std::vector<double> loads;
  for (const LimitPoint& point : search.points) loads.push_back(point.load);
  plot.x = plot_range_of(loads);
  for (const JudgedMarks& marks : kJudgedMarks) {
    PlotLine line{marks.name, {}, marks.look};
    for (const LimitPoint& point : search.points)
      if (point.judged == marks.judged)
        for (const PlotPoint& one : points_of(point)) line.points.push_back(one);
    if (!line.points.empty()) plot.lines.push_back(std::move(line));
  }
  if (search.passes && search.fails) plot.bands = {{"the limit", *search.passes, *search.fails}};
  return plot;
}

/// A mark for each run.
void draw_percentiles(Markup& page, const LimitSearch& search, const Level& level) {
  const auto& what = std::get<MetricQuantile>(level.what);
  Plot plot = plot_of_points(search, fmt::format("Load against {}", level.text), [&](const LimitPoint& point) {
    std::vector<PlotPoint> points;
    for (const Result& run : point.runs)
      if (const std::optional<Quantile> at = run.summary.whole.of(what.metric).quantile(what.share))
        points.push_back({point.load, static_cast<double>(at->value), at->more_than});
    return points;
  });
  plot.y_text = plot_micros_text;
  plot.levels = {{level.text, level.limit}};
  plot.note = "A mark for each run; shaded: where the limit lies.";
  draw_plot(page, plot);
}

const LevelShare* share_in(const LimitPoint& point, const std::string& level) {
  const auto found =
      std::find_if(point.levels.begin(), point.levels.end(), [&](const LevelShare& one) { return one.level == level; });
  return found == point.levels.end() || found->of == 0 ? nullptr : &*found;
}

/// What decides: how many of all were beyond the level, of what it allows.
void draw_shares(Markup& page, const LimitSearch& search, const std::string& text) {
  double allowed = 0;
  Plot plot =
      plot_of_points(search, fmt::format("Load against the share beyond {}", text), [&](const LimitPoint& point) {
        const LevelShare* share = share_in(point, text);
        if (share == nullptr) return std::vector<PlotPoint>();
        allowed = share->allowed;
        return std::vector<PlotPoint>{
            {point.load, static_cast<double>(share->beyond) / static_cast<double>(share->of)}};
      });
  plot.y_text = [](double share) { return share_text(share); };
  plot.note = "A mark for each load, of all its runs together; shaded: where the limit lies.";
  plot.levels = {{fmt::format("{} allowed", share_text(allowed)), allowed}};
  draw_plot(page, plot);
}

void draw_level(Markup& page, const LimitSearch& search, const std::string& text) {
  if (const std::optional<Level> level = percentile_in(text)) draw_percentiles(page, search, *level);
  draw_shares(page, search, text);
}

void write_limit_answer(Markup& page, const LimitSearch& search) {
  write_badge(page, head_of_search(search));
  page.element("h1", fmt::format("{} load test of {}", search.kind, search.target));
  page.element("p", limit_answer(search));
  write_facts(page, limit_facts(search));
  if (search.notes.empty()) return;
  const auto list = page.open("ul", {{"class", "reasons"}});
  for (const std::string& note : search.notes) page.element("li", note);
}

}  // namespace

void write_limit(Markup& page, const LimitSearch& search) {
  write_limit_answer(page, search);
  write_heading(page, "Load against the levels");
  for (const std::string& level : search.levels) draw_level(page, search, level);
  write_points(page, search);
  write_heading(page, "How it was run");
  write_facts(page, {{"command", fmt::format("wsdeep loadtest {}", search.kind)},
                     {"target", search.target},
                     {"begun", iso8601(search.started)},
                     {"took", seconds_text(search.took)},
                     {"search", search.id},
                     {"wsdeep", search.version}});
}

}  // namespace wsdeep::load

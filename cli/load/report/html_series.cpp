#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "load/report/html_documents.h"
#include "load/report/html_parts.h"
#include "load/report/page.h"
#include "load/report/result_words.h"
#include "load/report/series_text.h"
#include "load/report/text.h"

namespace wsdeep::load {
namespace {

std::string run_number_text(double number) {
  return fmt::format("{:.0f}", number);
}

/// A value of one side, in its unit.
std::string side_value_text(const Subject& subject, const std::optional<double>& value) {
  return value ? subject_value_text(subject.what, value) : "-";
}

std::string change_or_none(const Subject& subject, const std::optional<double>& change) {
  return change ? change_text(subject, *change) : "-";
}

/// Of a target with itself any difference is an alarm.
HtmlCell finding_cell(Finding finding, SeriesPurpose purpose) {
  switch (finding) {
    case Finding::kNoDifference:
      return judged_cell({"no difference", Tone::kGood});
    case Finding::kBetter:
      return judged_cell({"B is better", purpose == SeriesPurpose::kSameTarget ? Tone::kBad : Tone::kGood});
    case Finding::kWorse:
      return judged_cell({"B is WORSE", Tone::kBad});
    case Finding::kUndecided:
      return judged_cell({"undecided", Tone::kOpen});
  }
  return {};
}

HtmlRow row_of_compared(const ComparedFigure& figure, SeriesPurpose purpose) {
  return {{figure.subject.name},
          finding_cell(figure.finding, purpose),
          {side_value_text(figure.subject, figure.a)},
          {side_value_text(figure.subject, figure.b)},
          {change_or_none(figure.subject, figure.change)},
          {figure.interval ? change_interval_text(figure.subject, *figure.interval) : "-"},
          {figure.p ? p_cell(*figure.p) : "-"},
          {change_or_none(figure.subject, figure.detectable)},
          {figure.why, true}};
}

void write_comparison(Markup& page, const Comparison& comparison, SeriesPurpose purpose) {
  write_heading(page, "B against A");
  if (!comparison.cannot.empty()) write_note(page, comparison.cannot);
  HtmlTable table{
      .caption = fmt::format("Whole runs are compared: {} of A, {} of B; of shares the change is a difference",
                             comparison.runs_a, comparison.runs_b),
      .heads = {"figure", "found", "A", "B", "change", "95 % interval", "p", "least change to be found", "why"}};
  for (const ComparedFigure& figure : comparison.figures) table.rows.push_back(row_of_compared(figure, purpose));
  if (!table.rows.empty()) write_table(page, table);
  if (comparison.notes.empty()) return;
  const auto list = page.open("ul", {{"class", "reasons"}});
  for (const std::string& note : comparison.notes) page.element("li", note);
}

std::string pooled_interval_text(const PooledFigure& figure) {
  if (!figure.interval) return "-";
  return fmt::format("{} to {}", subject_value_text(figure.subject.what, figure.interval->low),
                     subject_value_text(figure.subject.what, figure.interval->high));
}

void write_side(Markup& page, const SeriesSide& side, int number, bool only) {
  const std::string name = only ? side.target : fmt::format("{}: {}", side_letter(number), side.target);
  HtmlTable table{.caption = fmt::format("{}: all its runs together", name),
                  .heads = {"figure", "value", "95 % interval", "why there is none"}};
  for (const PooledFigure& figure : side.figures)
    table.rows.push_back({{figure.subject.name},
                          {subject_value_text(figure.subject.what, figure.value, figure.more_than)},
                          {pooled_interval_text(figure)},
                          {figure.no_interval, true}});
  if (!table.rows.empty()) write_table(page, table);
}

void write_runs(Markup& page, const Series& series) {
  HtmlTable table{.caption = "In the order in which they were made",
                  .heads = {"run", "side", "verdict", "begun", "attempts", "good", "goodput", "TTFT p50", "TTFT p99"}};
  for (std::size_t i = 0; i < series.runs.size(); ++i) {
    const Result& run = series.runs[i].result;
    const Slice& whole = run.summary.whole;
    table.rows.push_back({{fmt::format("{}", i + 1)},
                          {side_letter(series.runs[i].side)},
                          {std::string(toned_word(run.verdict.validity).word), true},
                          {iso8601(run.started), true},
                          {count_text(whole.tally.attempts)},
                          {share_text(whole.good_share())},
                          {rate_text(whole.goodput)},
                          {quantile_text(whole.of(Metric::kTtft).quantile(0.5))},
                          {quantile_text(whole.of(Metric::kTtft).quantile(0.99))}});
  }
  if (!table.rows.empty()) write_table(page, table);
}

/// A mark for each run of a side, in the order in which all were made.
PlotLine marks_of_side(const Series& series, int side, Metric metric, double share) {
  PlotLine line{side_letter(side), {}, side == 0 ? PlotLook::kRound : PlotLook::kSquare};
  for (std::size_t i = 0; i < series.runs.size(); ++i) {
    if (series.runs[i].side != side) continue;
    const std::optional<Quantile> at = series.runs[i].result.summary.whole.of(metric).quantile(share);
    if (at) line.points.push_back({static_cast<double>(i + 1), static_cast<double>(at->value), at->more_than});
  }
  return line;
}

void draw_runs(Markup& page, const Series& series, std::string title, Metric metric, double share) {
  Plot plot;
  plot.title = std::move(title);
  plot.note = "A mark for each run, in their order.";
  plot.x_text = run_number_text;
  plot.y_text = plot_micros_text;
  plot.x = PlotRange{PlotScale::kLinear, 0, static_cast<double>(series.runs.size() + 1)};
  for (std::size_t side = 0; side < series.sides.size(); ++side)
    plot.lines.push_back(marks_of_side(series, static_cast<int>(side), metric, share));
  draw_plot(page, plot);
}

/// All runs of a side, as one distribution.
Distribution pooled(const Series& series, int side, Metric metric) {
  Distribution all;
  for (const SeriesRun& run : series.runs)
    if (run.side == side && is_usable(run.result)) all.add(run.result.summary.whole.of(metric));
  return all;
}

void draw_pooled(Markup& page, const Series& series, std::string title, Metric metric) {
  std::vector<PlotLine> lines;
  for (std::size_t side = 0; side < series.sides.size(); ++side)
    lines.push_back(
        percentile_line(side_letter(static_cast<int>(side)), pooled(series, static_cast<int>(side), metric)));
  draw_plot(page, percentile_plot(std::move(title), std::move(lines)));
}

/// What a reader wants to know first.
void write_series_answer(Markup& page, const Series& series) {
  write_badge(page, head_of_series(series));
  std::string targets;
  for (const SeriesSide& side : series.sides) targets += (targets.empty() ? "" : " and ") + side.target;
  page.element("h1", fmt::format("{} runs of a load test of {}", series.runs.size(), targets));
  Facts facts;
  if (series.planned > 0) facts.emplace_back("planned", fmt::format("{} runs of each side", series.planned));
  if (const std::string end = series_end(series); !end.empty()) facts.emplace_back("end", end);
  write_facts(page, facts);
}

}  // namespace

void write_series(Markup& page, const Series& series) {
  write_series_answer(page, series);
  if (series.comparison) write_comparison(page, *series.comparison, series.purpose);
  write_heading(page, "How sure the figures are");
  for (std::size_t side = 0; side < series.sides.size(); ++side)
    write_side(page, series.sides[side], static_cast<int>(side), series.sides.size() == 1);
  write_heading(page, "Run by run");
  draw_runs(page, series, "Time to first text, p50", Metric::kTtft, 0.5);
  draw_runs(page, series, "Time to first text, p99", Metric::kTtft, 0.99);
  draw_pooled(page, series, "Time to first text, all runs of a side together", Metric::kTtft);
  draw_pooled(page, series, "Whole answer, all runs of a side together", Metric::kE2e);
  write_runs(page, series);
}

}  // namespace wsdeep::load

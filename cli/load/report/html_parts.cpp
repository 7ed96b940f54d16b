#include "load/report/html_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "load/measure/window.h"
#include "load/report/page.h"

namespace wsdeep::load {
namespace {

constexpr int kCurvePoints = 400;

Markup::Attributes attributes_of(const HtmlCell& cell, const std::string& head) {
  Markup::Attributes attributes;
  std::string look = cell.look;
  if (cell.is_words) look += look.empty() ? "words" : " words";
  if (!look.empty()) attributes.emplace_back("class", look);
  attributes.emplace_back("data-of", head);
  return attributes;
}

void write_cells(Markup& page, const HtmlTable& table, const HtmlRow& row) {
  const auto line = page.open("tr");
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0)
      page.element("td", row[i].text, attributes_of(row[i], table.heads[i]));
    else if (row[i].look.empty())
      page.element("th", row[i].text, {{"scope", "row"}});
    else
      page.element("th", row[i].text, {{"scope", "row"}, {"class", row[i].look}});
  }
}

void write_heads(Markup& page, const HtmlTable& table) {
  const auto head = page.open("thead");
  const auto line = page.open("tr");
  for (std::size_t i = 0; i < table.heads.size(); ++i) {
    const bool is_words = !table.rows.empty() && i < table.rows.front().size() && table.rows.front()[i].is_words;
    Markup::Attributes attributes{{"scope", "col"}};
    if (is_words) attributes.emplace_back("class", "words");
    page.element("th", table.heads[i], attributes);
  }
}

double plotted_seconds(Micros time) {
  return static_cast<double>(time) / kOneSecond;
}

/// As the style sheet has them.
const char* name_of_tone(Tone tone) {
  return tone == Tone::kGood ? "good" : tone == Tone::kBad ? "bad" : "doubt";
}

/// Without the columns of words in which no row has any.
HtmlTable without_silent_columns(HtmlTable table) {
  for (std::size_t i = table.heads.size(); i-- > 1;) {
    const bool silent = std::all_of(table.rows.begin(), table.rows.end(),
                                    [&](const HtmlRow& row) { return row[i].is_words && row[i].text.empty(); });
    if (!silent || table.rows.empty()) continue;
    table.heads.erase(table.heads.begin() + static_cast<std::ptrdiff_t>(i));
    for (HtmlRow& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return table;
}

}  // namespace

void write_table(Markup& page, const HtmlTable& whole) {
  const HtmlTable table = without_silent_columns(whole);
  const auto all = page.open("table", {{"class", "wide"}});
  if (!table.caption.empty()) page.element("caption", table.caption);
  write_heads(page, table);
  const auto body = page.open("tbody");
  for (const HtmlRow& row : table.rows) write_cells(page, table, row);
}

void write_badge(Markup& page, const TonedWord& words) {
  page.element("span", words.word, {{"class", fmt::format("verdict is-{}", name_of_tone(words.tone))}});
}

HtmlCell judged_cell(const TonedWord& words) {
  return {std::string(words.word), true, fmt::format("says-{}", name_of_tone(words.tone))};
}

void write_facts(Markup& page, const Facts& facts) {
  if (facts.empty()) return;
  const auto list = page.open("dl", {{"class", "facts"}});
  for (const auto& [name, words] : facts) {
    page.element("dt", name);
    page.element("dd", words);
  }
}

void write_heading(Markup& page, std::string_view words) {
  page.element("h2", words);
}

void write_note(Markup& page, std::string_view words) {
  page.element("p", words, {{"class", "note"}});
}

std::string plot_micros_text(double microseconds) {
  return time_text(microseconds);
}

Plot course_plot(const Result& result, std::string title, PlotText y_text) {
  Plot plot;
  plot.title = std::move(title);
  plot.y_text = y_text;
  const Summary& summary = result.summary;
  const double from = plotted_seconds(summary.whole.from);
  const double to = plotted_seconds(summary.whole.to);
  const double end = summary.seconds.empty() ? to : static_cast<double>(summary.seconds.back().at + 1);
  if (from > 0) plot.bands.push_back({"warm-up", 0, from});
  if (end > to && to > 0) plot.bands.push_back({"", to, end});
  double begin = 0;
  for (std::size_t i = 0; i + 1 < result.shape.stages.size(); ++i) {
    begin += plotted_seconds(result.shape.stages[i].duration);
    plot.marks.push_back({result.shape.stages[i + 1].name, begin});
  }
  return plot;
}

Plot percentile_plot(std::string title, std::vector<PlotLine> lines) {
  Plot plot;
  plot.title = std::move(title);
  plot.x_text = percentile_name;
  plot.y_text = plot_micros_text;
  PlotRange shares{PlotScale::kNines, 0, 0.9};
  for (const PlotLine& line : lines)
    if (!line.points.empty()) shares.high = std::max(shares.high, line.points.back().x);
  plot.x = shares;
  plot.lines = std::move(lines);
  return plot;
}

std::vector<PlotLevel> levels_on(const Summary& summary, Metric metric) {
  std::vector<PlotLevel> levels;
  for (const LevelResult& one : summary.levels) {
    const auto* what = std::get_if<MetricQuantile>(&one.level.what);
    const auto same = [&](const PlotLevel& level) { return level.name == one.level.text; };
    if (what != nullptr && what->metric == metric && std::none_of(levels.begin(), levels.end(), same))
      levels.push_back({one.level.text, one.level.limit});
  }
  return levels;
}

PlotLine percentile_line(std::string name, const Distribution& distribution) {
  PlotLine line{std::move(name), {}};
  const std::uint64_t counted = distribution.counted();
  if (counted == 0) return line;
  const double nines = std::log10(static_cast<double>(std::max<std::uint64_t>(counted, 10)));
  for (int i = 0; i <= kCurvePoints; ++i) {
    const double share = 1 - std::pow(10, -nines * i / kCurvePoints);
    if (const std::optional<Quantile> at = distribution.quantile(share))
      line.points.push_back({share, static_cast<double>(at->value), at->more_than});
  }
  return line;
}

}  // namespace wsdeep::load

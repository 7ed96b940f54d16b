#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "load/report/markup.h"
#include "load/report/page.h"
#include "load/report/plot.h"
#include "load/report/result.h"

/// What the sections of the HTML report are made of. Private to report/.
namespace wsdeep::load {

/// One cell of a table; `words` stand at the left, figures at the right.
struct HtmlCell {
  std::string text;
  bool is_words = false;
  std::string look{};  ///< a class of the style sheet
};
using HtmlRow = std::vector<HtmlCell>;

struct HtmlTable {
  std::string caption{};
  std::vector<std::string> heads;  ///< one for each column; the first column names the rows
  std::vector<HtmlRow> rows{};     ///< each as long
};

/// A column of words in which no row has any is left out. On a phone each row becomes a block, whose values have their
/// column's head beside them.
void write_table(Markup& page, const HtmlTable& table);

/// What a reader wants to know first, in a word or two.
void write_badge(Markup& page, const TonedWord& words);
/// The same in a table.
HtmlCell judged_cell(const TonedWord& words);
void write_facts(Markup& page, const Facts& facts);

void write_heading(Markup& page, std::string_view words);
void write_note(Markup& page, std::string_view words);

/// `312ms`, for plots.
std::string plot_micros_text(double microseconds);

/// A plot over the seconds of a run: what is not in the window is shaded, and there is a border where a stage begins.
Plot course_plot(const Result& result, std::string title, PlotText y_text);
/// The levels that speak of a metric, for its plots.
std::vector<PlotLevel> levels_on(const Summary& summary, Metric metric);
/// The percentiles of a distribution.
PlotLine percentile_line(std::string name, const Distribution& distribution);
/// Such lines, as HdrHistogram's plots have them.
Plot percentile_plot(std::string title, std::vector<PlotLine> lines);

}  // namespace wsdeep::load

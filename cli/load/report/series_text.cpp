#include "load/report/series_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "base/printable.h"
#include "load/report/page.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

/// Three digits at most: `9.8 %`, `12 %`.
std::string change_percent(double share) {
  return fmt::format("{:.{}f} %", share * 100, std::abs(share) < 0.0995 ? 1 : 0);
}

constexpr double kLeastPShown = 0.001;

std::string p_text(double p) {
  return p < kLeastPShown ? "p < 0.001" : fmt::format("p = {:.3f}", p);
}

std::string runs_a_side(const Comparison& comparison) {
  if (comparison.runs_a == comparison.runs_b) return fmt::format("{} runs a side", comparison.runs_a);
  return fmt::format("{} runs of A, {} of B", comparison.runs_a, comparison.runs_b);
}

std::string direction_sentence(const ComparedFigure& figure, const Comparison& comparison) {
  const double change = figure.change.value_or(0);
  const double sign = change < 0 ? -1 : 1;
  std::string interval;
  if (figure.interval) {
    const double low = std::min(sign * figure.interval->low, sign * figure.interval->high);
    const double high = std::max(sign * figure.interval->low, sign * figure.interval->high);
    interval = fmt::format("{} to {}, ", change_text(figure.subject, low), change_text(figure.subject, high));
  }
  return fmt::format("B's {} is {} {} ({}{}, {})", figure.subject.name, change_text(figure.subject, sign * change),
                     change < 0 ? "lower" : "higher", interval, runs_a_side(comparison), p_text(figure.p.value_or(1)));
}

std::string tolerated_words(const Comparison& comparison) {
  return comparison.allowed > 0 ? fmt::format(", and {} is tolerated", change_percent(comparison.allowed)) : "";
}

std::string unseen_sentence(const ComparedFigure& figure) {
  if (!figure.p) return fmt::format("{} is the same in all runs", figure.subject.name);
  return fmt::format("{}: no difference was seen; one of {} or more would have been (80 % power)", figure.subject.name,
                     change_text(figure.subject, figure.detectable.value_or(0)));
}

TonedWord head_of_comparison(const Series& series) {
  const Finding finding = series.comparison->finding();
  if (finding == Finding::kUndecided) return {"UNDECIDED", Tone::kOpen};
  const bool same = series.purpose == SeriesPurpose::kSameTarget;
  if (finding == Finding::kNoDifference) return {same ? "NO ALARM" : "NO DIFFERENCE", Tone::kGood};
  if (same) return {"ALARM", Tone::kBad};
  return finding == Finding::kWorse ? TonedWord{"REGRESSION", Tone::kBad} : TonedWord{"BETTER", Tone::kGood};
}

TonedWord head_of_runs(const Series& series) {
  const bool all = std::ranges::all_of(series.runs, [](const SeriesRun& run) { return is_usable(run.result); });
  return all ? TonedWord{"VALID", Tone::kGood} : TonedWord{"RUNS LEFT OUT", Tone::kOpen};
}

void tell_sides(Page& page, const Series& series) {
  for (std::size_t side = 0; side < series.sides.size(); ++side)
    page.say(series.sides.size() == 1 ? "target" : side_letter(static_cast<int>(side)),
             printable(series.sides[side].target));
  if (!series.runs.empty()) {
    page.say("load", load_text(series.runs.front().result.shape));
    page.say("prompts", printable(prompts_without_seed(series.runs.front().result)));
  }
  if (const std::string end = series_end(series); !end.empty())
    page.say("end", page.coloured(bold_colour(Tone::kOpen), end));
}

void tell_series_head(Page& page, const Series& series) {
  const TonedWord head = head_of_series(series);
  const std::string kind = series.runs.empty() ? "" : printable(series.runs.front().result.kind) + " ";
  const std::string_view what = series.purpose == SeriesPurpose::kSameTarget ? "of a target with itself (A/A)"
                                : series.comparison                          ? "of B with A"
                                                                             : "of one target";
  page.line(fmt::format("{}  {}{}load tests {}", page.coloured(bold_colour(head.tone), head.word),
                        series.runs.size() == 1 ? "1 " : fmt::format("{} ", series.runs.size()), kind, what));
  tell_sides(page, series);
}

constexpr std::array<const char*, 4> kFindingWords = {"", "better", "WORSE", "undecided"};

void tell_compared(Page& page, const ComparedFigure& figure) {
  const auto text = [&](const std::optional<double>& value) { return subject_value_text(figure.subject.what, value); };
  const std::string interval = figure.interval ? change_interval_text(figure.subject, *figure.interval) : "-";
  page.line(fmt::format("{:<14}{:>8}{:>9}{:>12}  {:<19}{:>6} {}", figure.subject.name, figure.a ? text(figure.a) : "-",
                        figure.b ? text(figure.b) : "-",
                        figure.change ? change_text(figure.subject, *figure.change) : "-", interval,
                        figure.p ? p_cell(*figure.p) : "-", kFindingWords[static_cast<std::size_t>(figure.finding)]));
}

/// First what was found, then what would have been.
void tell_comparison(Page& page, const Comparison& comparison) {
  if (!comparison.cannot.empty()) page.say("", "it cannot be judged: " + comparison.cannot);
  for (const ComparedFigure& figure : comparison.figures)
    if (const std::string words = finding_sentence(figure, comparison); !words.empty()) page.say("", words);
  for (const std::string& note : comparison.notes) page.say("note", printable(note));
  if (comparison.figures.empty()) return;
  page.heading("COMPARED");
  page.line(fmt::format("{:<14}{:>8}{:>9}{:>12}  {:<19}{:>6}", "", "A", "B", "change", "95 % interval", "p"));
  for (const ComparedFigure& figure : comparison.figures) tell_compared(page, figure);
}

void tell_pooled(Page& page, const PooledFigure& figure) {
  const auto text = [&](double value) { return subject_value_text(figure.subject.what, value); };
  const std::string interval = figure.interval
                                   ? fmt::format("{} to {}", text(figure.interval->low), text(figure.interval->high))
                                   : figure.no_interval;
  page.line(fmt::format("{:<14}{:>10}  {:<34}{}", figure.subject.name,
                        subject_value_text(figure.subject.what, figure.value, figure.more_than), interval,
                        figure.detectable ? change_text(figure.subject, *figure.detectable) : "-"));
}

void tell_figures(Page& page, const SeriesSide& side) {
  if (side.figures.empty()) return;
  page.heading("ALL RUNS TOGETHER");
  page.line(fmt::format("{:<14}{:>10}  {:<34}{}", "", "value", "95 % interval", "seen from"));
  for (const PooledFigure& figure : side.figures) tell_pooled(page, figure);
}

std::string run_name(const Series& series, std::size_t index) {
  const int side = series.runs[index].side;
  const auto before = static_cast<std::ptrdiff_t>(index) + 1;
  const auto number = std::count_if(series.runs.begin(), series.runs.begin() + before,
                                    [side](const SeriesRun& run) { return run.side == side; });
  return series.sides.size() > 1 ? fmt::format("{} {}", side_letter(side), number) : fmt::format("{}", number);
}

void tell_runs(Page& page, const Series& series) {
  page.heading("RUNS");
  page.line(fmt::format("{:<6}{:<14}{:>8}{:>9}{:>10}{:>10}{:>10}{:>10}", "", "", "turns", "good", "rate", "ttft50",
                        "ttft99", "e2e50"));
  for (std::size_t i = 0; i < series.runs.size(); ++i) {
    const Result& result = series.runs[i].result;
    const Slice& whole = result.summary.whole;
    page.line(fmt::format(
        "{:<6}{:<14}{:>8}{:>9}{:>10}{:>10}{:>10}{:>10}", run_name(series, i), toned_word(result.verdict.validity).word,
        count_text(whole.tally.attempts), share_text(whole.good_share()), rate_text(whole.sent_rate),
        quantile_text(whole.of(Metric::kTtft).quantile(0.5)), quantile_text(whole.of(Metric::kTtft).quantile(0.99)),
        quantile_text(whole.of(Metric::kE2e).quantile(0.5))));
  }
}

std::string worst_sentence(const ComparedFigure& figure, const Comparison& comparison) {
  return direction_sentence(figure, comparison) + tolerated_words(comparison) + ": regression";
}

}  // namespace

TonedWord head_of_series(const Series& series) {
  return series.comparison ? head_of_comparison(series) : head_of_runs(series);
}

std::string series_end(const Series& series) {
  if (series.ended_by == EndedBy::kSchedule) return "";
  if (series.ended_by == EndedBy::kInterrupt) return "ended early: interrupted";
  return "ended early: " + printable(series.ended_why);
}

std::string change_text(const Subject& subject, double change) {
  if (!std::holds_alternative<Share>(subject.what)) return change_percent(change);
  return fmt::format("{:.2f} points", change * 100);
}

std::string change_interval_text(const Subject& subject, const ConfidenceInterval& interval) {
  if (!std::holds_alternative<Share>(subject.what))
    return fmt::format("{} to {}", change_percent(interval.low), change_percent(interval.high));
  return fmt::format("{:.2f} to {}", interval.low * 100, change_text(subject, interval.high));
}

std::string p_cell(double p) {
  return p < kLeastPShown ? "<0.001" : fmt::format("{:.3f}", p);
}

std::string finding_sentence(const ComparedFigure& figure, const Comparison& comparison) {
  switch (figure.finding) {
    case Finding::kWorse:
      return worst_sentence(figure, comparison);
    case Finding::kBetter:
      return direction_sentence(figure, comparison) + ": better";
    case Finding::kNoDifference:
      return unseen_sentence(figure);
    case Finding::kUndecided:
      break;
  }
  return figure.why.empty() ? "" : fmt::format("{} cannot be judged: {}", figure.subject.name, printable(figure.why));
}

std::string series_report(const Series& series, const TextStyle& style) {
  Page page(std::max<std::size_t>(style.columns, 80), style.colour);
  tell_series_head(page, series);
  if (series.comparison) tell_comparison(page, *series.comparison);
  if (series.sides.size() == 1) tell_figures(page, series.sides.front());
  tell_runs(page, series);
  return page.text();
}

}  // namespace wsdeep::load

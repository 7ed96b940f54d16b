#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"
#include "load/report/page.h"
#include "load/report/result_words.h"
#include "load/report/text.h"

namespace wsdeep::load {
namespace {

std::string_view meaning_of(Validity validity) {
  switch (validity) {
    case Validity::kValid:
      return "The load test itself was not the limit: these figures are the target's.";
    case Validity::kInvalid:
      return "The load test, or its machine, was the limit: these figures are not the target's.";
    case Validity::kInconclusive:
      return "Nothing was wrong, but too little was measured for what was asked.";
  }
  return "";
}

/// Whether what was asked for was met, where anything was.
void write_level_badge(Markup& page, const std::vector<LevelResult>& levels) {
  if (levels.empty()) return;
  const auto count = [&](Judgement judgement) {
    return std::count_if(levels.begin(), levels.end(),
                         [&](const LevelResult& level) { return level.judgement == judgement; });
  };
  const auto missed = count(Judgement::kMissed);
  const auto undecided = count(Judgement::kUndecided);
  if (missed > 0)
    write_badge(page, {fmt::format("{} of {} levels MISSED", missed, levels.size()), Tone::kBad});
  else if (undecided > 0)
    write_badge(page, {fmt::format("{} of {} levels undecided", undecided, levels.size()), Tone::kOpen});
  else
    write_badge(page, {"every level met", Tone::kGood});
}

/// A figure in large, with what it is below it.
void write_figure(Markup& page, const std::string& name, const std::string& value, const std::string& about) {
  const auto box = page.open("div");
  page.element("dt", name);
  const auto words = page.open("dd");
  page.text(value);
  page.element("small", about);
}

void write_latency_figure(Markup& page, const Slice& whole, Metric metric, double share, const std::string& name) {
  const Distribution& measured = whole.of(metric);
  if (measured.counted() == 0) return;
  write_figure(page, name, quantile_text(measured.quantile(share)),
               fmt::format("{} of {}", count_text(measured.counted()), count_text(measured.of)));
}

std::string chip_class(const TurnsRow& row) {
  return fmt::format("c-{}", row.name);
}

/// The shares of the table's rows, side by side.
void write_share_bar(Markup& page, const Tally& tally) {
  std::string words;
  for (const TurnsRow& row : kTurnsRows)
    if (tally.*row.count > 0)
      words +=
          fmt::format("{}{} {}", words.empty() ? "" : ", ", row.name, share_text(tally.*row.count, tally.attempts));
  const auto bar = page.open("div", {{"class", "share"}, {"role", "img"}, {"aria-label", words}});
  for (const TurnsRow& row : kTurnsRows) {
    const std::uint64_t count = tally.*row.count;
    if (count == 0) continue;
    page.element("span", "",
                 {{"class", chip_class(row)},
                  {"style", fmt::format("flex:{}", count)},
                  {"title", fmt::format("{}: {}", row.name, count_text(count))}});
  }
}

/// The table's rows, each with the hatch that it has in the bar.
void write_attempts_table(Markup& page, const Tally& tally) {
  const auto table = page.open("table", {{"class", "counts"}});
  {
    const auto head = page.open("thead");
    const auto line = page.open("tr");
    for (const char* words : {"", "attempts", "share"}) page.element("th", words, {{"scope", "col"}});
    page.element("th", "which are", {{"scope", "col"}, {"class", "words"}});
  }
  {
    const auto body = page.open("tbody");
    for (const TurnsRow& row : kTurnsRows) {
      const auto line = page.open("tr");
      {
        const auto name = page.open("th", {{"scope", "row"}});
        page.element("span", "", {{"class", "chip " + chip_class(row)}});
        page.text(row.name);
      }
      page.element("td", count_text(tally.*row.count));
      page.element("td", share_text(tally.*row.count, tally.attempts));
      page.element("td", row.what, {{"class", "words"}});
    }
  }
  const auto foot = page.open("tfoot");
  const auto line = page.open("tr");
  page.element("th", "all", {{"scope", "row"}});
  page.element("td", count_text(tally.attempts));
  page.element("td", "");
  page.element("td", tally.adds_up() ? "the sum" : "which is NOT the sum", {{"class", "words"}});
}

}  // namespace

void write_verdict(Markup& page, const Result& result) {
  const Verdict& verdict = result.verdict;
  write_badge(page, toned_word(verdict.validity));
  write_level_badge(page, result.summary.levels);
  page.element("h1", fmt::format("{} load test of {}", result.kind, result.target));
  page.element("p", meaning_of(verdict.validity));
  if (!verdict.reasons.empty()) {
    const auto list = page.open("ul", {{"class", "reasons"}});
    for (const std::string& reason : verdict.reasons) page.element("li", reason_text(reason, verdict.signals));
  }
  Facts facts{{"load", load_text(result.shape)}, {"begun", iso8601(result.started)}};
  if (const std::string end = end_text(result); !end.empty()) facts.emplace_back("end", end);
  for (const std::string& words : advice_for(result)) facts.emplace_back("what helps", words);
  write_facts(page, facts);
}

void write_key_figures(Markup& page, const Result& result) {
  const Slice& whole = result.summary.whole;
  if (whole.tally.attempts == 0) return;
  const auto list = page.open("dl", {{"class", "figures"}});
  write_figure(page, "good", share_text(whole.good_share()),
               fmt::format("of {} attempts", count_text(whole.tally.attempts)));
  write_figure(page, "goodput", rate_text(whole.goodput), "good attempts");
  write_latency_figure(page, whole, Metric::kTtft, 0.5, "TTFT p50");
  write_latency_figure(page, whole, Metric::kTtft, 0.99, "TTFT p99");
  write_latency_figure(page, whole, Metric::kE2e, 0.99, "whole answer p99");
  if (whole.counted_by != TokenCount::kNone && !whole.counts_mixed)
    write_figure(page, "tokens", rate_text(whole.output_rate), counter_text(whole.counted_by));
  write_figure(page, "in flight", fmt::format("{:.1f}", whole.mean_in_flight), "in the mean");
}

void write_levels(Markup& page, const Result& result) {
  if (result.summary.levels.empty()) return;
  write_heading(page, "Service levels");
  HtmlTable table{.heads = {"level", "judged", "measured", "of", "why"}};
  for (const LevelResult& level : result.summary.levels)
    table.rows.push_back({{level.level.text},
                          judged_cell(toned_word(level.judgement)),
                          {level_value_text(level)},
                          {level.where == "all" ? "the whole window" : level.where, true},
                          {level.why, true}});
  write_table(page, table);
}

void write_attempts(Markup& page, const Result& result) {
  const Summary& summary = result.summary;
  const Tally& tally = summary.whole.tally;
  write_heading(page, "What became of the attempts");
  if (tally.attempts > 0) write_share_bar(page, tally);
  write_attempts_table(page, tally);
  if (const std::string reasons = tally_reasons_text(tally); !reasons.empty()) write_facts(page, {{"why", reasons}});
  if (summary.outside.attempts > 0)
    write_note(page, fmt::format("{} more, before or after the window, count nowhere: {} of them good.",
                                 count_text(summary.outside.attempts), count_text(summary.outside.good)));
}

}  // namespace wsdeep::load

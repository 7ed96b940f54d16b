#include "load/report/html.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "load/measure/spans.h"
#include "support/load_results.h"
#include "support/load_searches.h"
#include "support/load_series.h"
#include "support/random_result.h"

namespace wsdeep::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// With WSDEEP_REWRITE_GOLDEN=1 it is written instead.
TEST(HtmlReport, IsTheExpectedPage) {
  const std::string html = result_html(testing::full_result());
  const auto golden = std::filesystem::path(WSDEEP_TESTS) / "golden/load/full.html";
  DiskFiles files;
  if (std::getenv("WSDEEP_REWRITE_GOLDEN") != nullptr) files.write(golden, html);
  EXPECT_EQ(html, files.read(golden));
}

TEST(HtmlReport, FetchesNothing) {
  for (const Result& result : {testing::full_result(), testing::hostile_result(), testing::random_result(7)}) {
    const std::string html = result_html(result);
    EXPECT_THAT(html, HasSubstr("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\""));
    for (const char* fetched : {"<script", "<img", "<link", "<iframe", "src=", "href=", "url(", "@import"})
      EXPECT_THAT(html, Not(HasSubstr(fetched)));
  }
}

/// Names that come from outside, each in a place of its own.
TEST(HtmlReport, LetsNoNameBreakOut) {
  const std::string hostile = "\"><img src=x onerror=alert(1)></style><!--";
  Result result = testing::full_result();
  result.id = result.kind = result.target = result.version = result.prompts = result.ended_why = hostile;
  result.shape.trace.clear();
  result.shape.stages = {{hostile, 5'000'000, 1, 2}, {hostile, 60'000'000, 2, 2}};
  Summary& summary = result.summary;
  summary.stages[0].name = summary.nodes[0].name = hostile;
  summary.whole.tally.reasons = {{hostile, 1}};
  summary.levels[0].why = summary.levels[0].where = summary.levels[0].level.text = hostile;
  result.verdict.reasons = {hostile};
  result.verdict.signals = {{hostile, hostile, hostile, hostile, true}};
  result.driver.pairs->chat_faults = {{hostile, 3}};
  result.driver.pairs->clocks = {{hostile, -7, 42, 12}};
  result.driver.connections->own_ends[0].why = hostile;
  const std::string html = result_html(result);
  EXPECT_THAT(html, HasSubstr("onerror"));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr(hostile)));
  EXPECT_THAT(html, Not(HasSubstr("<!--")));
}

TEST(HtmlReport, TellsOfRunsOfNothing) {
  EXPECT_THAT(result_html(testing::empty_result()), HasSubstr("What became of the attempts"));
  const std::string refused = result_html(testing::refused_result());
  EXPECT_THAT(refused, HasSubstr("overloaded 299, http 503 1"));
  EXPECT_THAT(refused, HasSubstr("ended early by the rule refused_share&gt;50%"));
}

TEST(HtmlReport, TellsOfOneAttempt) {
  Result result = testing::empty_result();
  Slice& whole = result.summary.whole;
  whole.to = 1'000'000;
  whole.tally = {.attempts = 1, .good = 1};
  testing::metric_of(whole, Metric::kTtft) = {testing::histogram_with({312'000}), {}, 1};
  result.summary.seconds = {{.at = 0, .intended = 1, .sent = 1, .ended = 1, .ttft_p50 = Quantile{312'063, false}}};
  const std::string html = result_html(result);
  EXPECT_THAT(html, HasSubstr("aria-label=\"good 100%\""));
  EXPECT_THAT(html,
              HasSubstr("Time to first text, second by second, from 0s to 1s. p50: 312ms. p99: nothing measured."));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

/// What had not ended when the run did.
TEST(HtmlReport, SaysLowerBoundsAsWhatTheyAre) {
  Result result = testing::empty_result();
  Slice& whole = result.summary.whole;
  whole.tally = {.attempts = 2, .good = 1, .unfinished = 1};
  testing::metric_of(whole, Metric::kTtft) = {testing::histogram_with({300'000}), testing::histogram_with({2'000'000}),
                                              2};
  const std::string html = result_html(result);
  EXPECT_THAT(html, HasSubstr("<td data-of=\"p99\">&gt; 2.00s</td>"));
  EXPECT_THAT(html, HasSubstr("from the intended instant: 300ms … &gt; 2.00s."));
}

/// A file of before there were spans.
TEST(HtmlReport, TellsErrorsWithoutTheirReasonsWhereTheFileHasNone) {
  Result result = testing::full_result();
  result.summary.spans.reset();
  EXPECT_THAT(result_html(result), HasSubstr("Attempts that were not good, by reason, from 0s to 6s. attempts: 1."));
}

TEST(HtmlReport, TellsHowTwoSidesDiffer) {
  const std::string html = series_html(testing::full_series());
  for (const char* words : {"B is WORSE", "9.8 %", "6.1 % to 13 %", "8.10s to 11.2s", "2 runs: no interval",
                            "2 runs of A and 1 of B: a comparison takes 5 of each", "B 2 of 2 is left out: INVALID"})
    EXPECT_THAT(html, HasSubstr(words));
}

Series series_of(Finding finding, SeriesPurpose purpose) {
  Series series = testing::full_series();
  series.purpose = purpose;
  series.comparison->cannot.clear();
  series.comparison->figures.resize(1);
  series.comparison->figures[0].finding = finding;
  return series;
}

/// The first words of a page, and in which colour.
TEST(HtmlReport, SaysOfASeriesWhatItsSummarySays) {
  struct Row {
    Finding finding;
    SeriesPurpose purpose;
    const char* badge;
  };
  for (const Row& row : {Row{Finding::kWorse, SeriesPurpose::kAgainst, "is-bad\">REGRESSION<"},
                         Row{Finding::kBetter, SeriesPurpose::kFiles, "is-good\">BETTER<"},
                         Row{Finding::kNoDifference, SeriesPurpose::kAgainst, "is-good\">NO DIFFERENCE<"},
                         Row{Finding::kNoDifference, SeriesPurpose::kSameTarget, "is-good\">NO ALARM<"},
                         Row{Finding::kBetter, SeriesPurpose::kSameTarget, "is-bad\">ALARM<"},
                         Row{Finding::kWorse, SeriesPurpose::kSameTarget, "is-bad\">ALARM<"},
                         Row{Finding::kUndecided, SeriesPurpose::kAgainst, "is-doubt\">UNDECIDED<"}})
    EXPECT_THAT(series_html(series_of(row.finding, row.purpose)), HasSubstr(row.badge));
}

TEST(HtmlReport, SaysThatRunsOfASeriesWereLeftOut) {
  Series series = testing::full_series();
  series.comparison.reset();
  EXPECT_THAT(series_html(series), HasSubstr("is-doubt\">RUNS LEFT OUT<"));
  std::erase_if(series.runs, [](const SeriesRun& run) { return !is_usable(run.result); });
  EXPECT_THAT(series_html(series), HasSubstr("is-good\">VALID<"));
}

TEST(HtmlReport, SaysChangesOfASeriesInTheUnitsOfItsSummary) {
  Series series = series_of(Finding::kWorse, SeriesPurpose::kAgainst);
  series.ended_by = EndedBy::kInterrupt;
  series.comparison->figures[0] = {.subject = *subject_named("error_share"),
                                   .a = 0,
                                   .b = 0.0125,
                                   .change = 0.0125,
                                   .interval = ConfidenceInterval{-0.002, 0.027},
                                   .p = 0.0002};
  const std::string html = series_html(series);
  for (const char* words : {">1.25 points<", ">-0.20 to 2.70 points<", ">&lt;0.001<", ">ended early: interrupted<"})
    EXPECT_THAT(html, HasSubstr(words));
}

TEST(HtmlReport, TellsWhatItCost) {
  const std::string html = result_html(testing::priced_result());
  for (const char* words :
       {"3 × g6e.xlarge", "44 … 49", "$1 a million", "the price of g5.xlarge", "200.0", "as it is now"})
    EXPECT_THAT(html, HasSubstr(words));
  EXPECT_THAT(result_html(testing::full_result()), Not(HasSubstr("<h2>Cost</h2>")));
}

TEST(HtmlReport, ShadesWhereTheLimitLies) {
  const std::string html = limit_html(testing::full_search());
  for (const char* words :
       {"10/s passes, 20/s fails: the limit lies between", "Load against ttft_p95&lt;300ms",
        "Load against the share beyond ttft_p95&lt;300ms", "ttft_p95&lt;300ms: 20.0% … 34.0% beyond, 5.0% allowed",
        "slots of n1: 2.5 turns for each at most", "after 20/s one request alone was still slower than at first"})
    EXPECT_THAT(html, HasSubstr(words));
  EXPECT_THAT(html, HasSubstr("<rect class=\"band\" x=\"500\" y=\"0\" width=\"500\""));
}

/// Forty of an hour, each with other reasons and twenty nodes.
std::vector<Span> full_spans() {
  std::vector<Span> spans;
  for (std::uint64_t part = 0; part < kMostSpans; ++part) {
    const Micros from = static_cast<Micros>(part) * 90'000'000;
    Span span{.from = from, .to = from + 90'000'000, .slow = part % 7};
    for (std::uint64_t i = 0; i < 10; ++i) span.reasons[fmt::format("reason {}", i)] = part * i % 11;
    for (std::uint64_t i = 0; i < 20; ++i)
      span.nodes.push_back({.node = fmt::format("node {}", i),
                            .attempts = 100 + part * i % 13,
                            .ttft_p50 = Quantile{static_cast<std::int64_t>(100'000 + part * i * 37), false},
                            .ttft_p99 = Quantile{static_cast<std::int64_t>(300'000 + part * i * 99), part % 5 == 0}});
    spans.push_back(std::move(span));
  }
  return spans;
}

/// An hour of which each second is another one.
TEST(HtmlReport, IsSmallWhateverTheRun) {
  Result result = testing::full_result();
  result.summary.seconds.clear();
  for (std::int64_t at = 0; at < 3600; ++at)
    result.summary.seconds.push_back({.at = at,
                                      .intended = static_cast<std::uint64_t>(at * 7 % 100),
                                      .sent = static_cast<std::uint64_t>(at * 11 % 100),
                                      .ended = 1,
                                      .bad = static_cast<std::uint64_t>(at % 3),
                                      .tokens = static_cast<std::uint64_t>(at * 131 % 1000),
                                      .ttft_p50 = Quantile{100'000 + at * 37 % 5000, false},
                                      .ttft_p99 = Quantile{300'000 + at * 9973 % 50'000, at % 5 == 0},
                                      .in_flight = static_cast<double>(at % 17)});
  result.summary.spans = full_spans();
  EXPECT_LT(result_html(result).size(), 1'500'000U);
}

}  // namespace
}  // namespace wsdeep::load

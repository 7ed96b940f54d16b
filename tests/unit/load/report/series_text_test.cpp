#include "load/report/series_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>

#include "load/report/csv.h"
#include "support/load_series.h"

namespace wsdeep::load {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Series judged_series(Finding finding, SeriesPurpose purpose) {
  Series series = testing::full_series();
  series.purpose = purpose;
  series.comparison->cannot.clear();
  series.comparison->figures.resize(1);
  series.comparison->figures[0].finding = finding;
  return series;
}

/// In UTF-8.
std::ptrdiff_t letters_of(const std::string& line) {
  return std::ranges::count_if(line, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
}

TEST(SeriesReport, BeginsWithWhatWasFound) {
  struct Row {
    Finding finding;
    SeriesPurpose purpose;
    const char* word;
  };
  for (const Row& row : {Row{Finding::kWorse, SeriesPurpose::kAgainst, "REGRESSION  4 "},
                         Row{Finding::kBetter, SeriesPurpose::kFiles, "BETTER  4 "},
                         Row{Finding::kNoDifference, SeriesPurpose::kAgainst, "NO DIFFERENCE  4 "},
                         Row{Finding::kNoDifference, SeriesPurpose::kSameTarget, "NO ALARM  4 "},
                         Row{Finding::kBetter, SeriesPurpose::kSameTarget, "ALARM  4 "},
                         Row{Finding::kUndecided, SeriesPurpose::kAgainst, "UNDECIDED  4 "}})
    EXPECT_THAT(series_report(judged_series(row.finding, row.purpose), {}), StartsWith(row.word));
}

TEST(SeriesReport, SaysWhyItCannotBeJudgedAndWhichRunsWereLeftOut) {
  const std::string text = series_report(testing::full_series(), {.columns = 200});
  EXPECT_THAT(text, AllOf(HasSubstr("it cannot be judged: 2 runs of A and 1 of B: a comparison takes 5 of each"),
                          HasSubstr("B 2 of 2 is left out: INVALID"), HasSubstr("ended early: B went away"),
                          HasSubstr("B's ttft_p99 is 9.8 % higher"), HasSubstr("B 2")));
}

TEST(SeriesReport, OfOneSideHasItsFiguresAndTheirIntervals) {
  Series series = testing::full_series();
  series.sides.resize(1);
  series.comparison.reset();
  for (SeriesRun& run : series.runs) run.side = 0;
  const std::string text = series_report(series, {});
  EXPECT_THAT(text, AllOf(StartsWith("RUNS LEFT OUT  4 "), HasSubstr("8.10s to 11.2s"),
                          HasSubstr("2 runs: no interval"), HasSubstr("not measured"), Not(HasSubstr("COMPARED"))));
}

TEST(SeriesReport, HasNoControlCharactersAndFitsIntoEightyColumns) {
  Series series = testing::full_series();
  series.runs[0].result = testing::hostile_result();
  series.sides[0].target = "\x1b[31m\n";
  std::istringstream lines(series_report(series, {}));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    EXPECT_LE(letters_of(line), 80) << line;
  }
}

TEST(SeriesReport, KeepsTheColumnsOfSharesApart) {
  Series series = testing::full_series();
  ComparedFigure& figure = series.comparison->figures[0];
  figure = {.subject = *subject_named("error_share"), .a = 0, .b = 0.0125, .change = 0.0125};
  figure.interval = {-0.002, 0.027};
  figure.finding = Finding::kUndecided;
  EXPECT_THAT(series_report(series, {}), HasSubstr("1.25 points  -0.20 to 2.70 points"));
  EXPECT_THAT(series_report(series, {}), ContainsRegex("error_share +0% +1\\.2[0-9]*% +1\\.25 points"));
}

TEST(SeriesCsv, HasARowForEachRun) {
  std::istringstream lines(series_csv(testing::full_series()));
  std::string line;
  std::getline(lines, line);
  EXPECT_THAT(line, StartsWith("side,run,id,started,validity,ended_by,attempts,ttft_p50_us,ttft_p50_more_than,"));
  std::string rows;
  while (std::getline(lines, line)) rows += line.substr(0, 10) + "\n";
  EXPECT_EQ(rows, "A,1,7f3a1,\nB,2,7f3a2,\nB,3,7f3a3,\nA,4,7f3a4,\n");
}

}  // namespace
}  // namespace wsdeep::load

#include "load/report/document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "load/report/json.h"
#include "support/load_searches.h"
#include "support/load_series.h"
#include "support/random_result.h"

namespace wsdeep::load {
namespace {

using testing::full_result;
using testing::full_series;

std::string refusal_of_text(const std::string& text, std::size_t most_counts = 64 << 20) {
  try {
    read_document(text, "kept.json", most_counts);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "it was read";
}

TEST(Document, IsWrittenAgainAsItWasRead) {
  Series random = full_series();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) random.runs.push_back({1, testing::random_result(seed)});
  for (const Document& document : {Document(full_result()), Document(full_series()), Document(Series{}),
                                   Document(random), Document(testing::full_search()), Document(LimitSearch{})}) {
    const std::string text = document_json(document);
    const Document back = read_document(text, "x");
    EXPECT_EQ(back.index(), document.index());
    EXPECT_EQ(document_json(back), text);
  }
}

TEST(Document, HoldsRunsThatAreResultsByThemselves) {
  const auto series = nlohmann::ordered_json::parse(document_json(full_series()));
  const std::string run = series["runs"][0]["result"].dump();
  Result whole = full_result();
  whole.id += "1";
  EXPECT_EQ(result_json(read_result(run, "run")), result_json(whole));
}

TEST(Document, SaysWhereASeriesIsBroken) {
  struct Row {
    const char* place;
    nlohmann::json value;
    const char* message;
  };
  const std::vector<Row> rows = {
      {"/schema", "wsdeep.loadtest.series/2",
       "kept.json: its schema is 'wsdeep.loadtest.series/2', expected 'wsdeep.loadtest/1', "
       "'wsdeep.loadtest.series/1' or 'wsdeep.loadtest.limit/1'"},
      {"/purpose", "joy", "kept.json: purpose: 'joy' is not known"},
      {"/planned", -1, "kept.json: planned: expected a count"},
      {"/runs", 4, "kept.json: runs: expected a list, got a number"},
      {"/runs/2/side", 2, "kept.json: runs: side 2, of 2"},
      {"/runs/2/side", -1, "kept.json: runs: side -1, of 2"},
      {"/runs/3/result/id", 4, "kept.json: runs[3].result.id: expected a string, got a number"},
      {"/sides/0/figures/0/figure", "beauty", "kept.json: sides[0].figures[0].figure: 'beauty' is not known"},
      {"/sides/0/figures/0/interval_us/low", "x",
       "kept.json: sides[0].figures[0].interval_us.low: expected a number, got a string"},
      {"/comparison/figures/1/finding", "fine", "kept.json: comparison.figures[1].finding: 'fine' is not known"},
  };
  for (const Row& row : rows) {
    nlohmann::json document = nlohmann::json::parse(document_json(full_series()));
    document[nlohmann::json::json_pointer(row.place)] = row.value;
    EXPECT_EQ(refusal_of_text(document.dump()), row.message) << row.place;
  }
  EXPECT_EQ(refusal_of_text("[]"), "kept.json: expected an object, got a list");
}

TEST(Document, SaysWhereASearchIsBroken) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"/axis", "kept.json: axis: 'joy' is not known"},
      {"/ended_by", "kept.json: ended_by: 'joy' is not known"},
      {"/passes", "kept.json: passes: expected a number, got a string"},
      {"/points/1/judged", "kept.json: points[1].judged: 'joy' is not known"},
      {"/points/1/levels/0/of", "kept.json: points[1].levels[0].of: expected an integer, got a string"},
      {"/points/1/runs/0/started", "kept.json: points[1].runs[0].started: not an ISO 8601 time"},
      {"/alone", "kept.json: alone: expected an object, got a string"},
  };
  for (const auto& [place, message] : rows) {
    nlohmann::json document = nlohmann::json::parse(document_json(testing::full_search()));
    document[nlohmann::json::json_pointer(place)] = "joy";
    EXPECT_EQ(refusal_of_text(document.dump()), message) << place;
  }
}

TEST(Document, BoundsWhatAllItsRunsHoldTogether) {
  Series series;
  series.sides = {{"t", {}}};
  series.runs = {{0, testing::refused_result()}, {0, testing::refused_result()}};  // 62 counts each
  EXPECT_EQ(refusal_of_text(document_json(series), 124), "it was read");
  EXPECT_EQ(refusal_of_text(document_json(series), 123),
            "kept.json: runs[1].result.measured.whole.metrics.send_lag.values: more histograms than can be held");
}

TEST(Document, OfOneRunIsAskedForWhereASeriesIsGiven) {
  try {
    read_result(document_json(full_series()), "s.json");
    FAIL() << "it was read";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "s.json: it is no single run: its schema is not 'wsdeep.loadtest/1'");
  }
}

TEST(Series, FindsTheWorstOfWhatItCompared) {
  Comparison comparison;
  EXPECT_EQ(comparison.finding(), Finding::kNoDifference);
  for (const Finding finding : {Finding::kBetter, Finding::kUndecided, Finding::kWorse}) {
    comparison.figures.emplace_back().finding = finding;
    EXPECT_EQ(comparison.finding(), finding);
  }
  comparison.cannot = "too few";
  EXPECT_EQ(comparison.finding(), Finding::kUndecided);
}

}  // namespace
}  // namespace wsdeep::load

#include "load/compare/compare.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/compare/comparable.h"
#include "load/report/series_text.h"
#include "support/load_results.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::metric_of;

/// A valid run whose turns all had this TTFT, but for so many of a hundred that failed.
Result run_with(const std::string& id, std::int64_t ttft_us, std::uint64_t failed = 0) {
  Result result = testing::empty_result();
  result.id = id;
  Slice& whole = result.summary.whole;
  whole.to = 60'000'000;
  whole.tally = {.attempts = 100, .good = 100 - failed, .failed = failed};
  whole.goodput = static_cast<double>(100 - failed) / 60;
  metric_of(whole, Metric::kTtft) = {testing::histogram_with({ttft_us}), {}, 100};
  metric_of(whole, Metric::kE2e) = {testing::histogram_with({1'000'000}), {}, 100};
  return result;
}

struct TwoSides {
  std::vector<Result> a, b;

  /// Five runs a side around 100 ms, those of B so many times as slow.
  explicit TwoSides(double slower, std::size_t runs = 5) {
    for (std::size_t i = 0; i < runs; ++i) {
      const double ttft = 100'000 + 1'000 * static_cast<double>(i);
      a.push_back(run_with(fmt::format("a{}", i), std::llround(ttft)));
      b.push_back(run_with(fmt::format("b{}", i), std::llround(ttft * slower)));
    }
  }
  static std::vector<const Result*> pointers(const std::vector<Result>& runs) {
    std::vector<const Result*> found;
    for (const Result& run : runs) found.push_back(&run);
    return found;
  }
  Comparison compare(const CompareOptions& options = {}) const {
    return compare_runs(pointers(a), pointers(b), options);
  }
};

CompareOptions only(const std::string& name, double allowed = 0) {
  return {.subjects = parse_subjects({name}), .allowed = allowed};
}

std::string sentence_of(const Comparison& comparison) {
  return finding_sentence(comparison.figures.front(), comparison);
}

TEST(CompareRuns, SaysWhatAPersonCanActOn) {
  struct Row {
    double slower;
    CompareOptions options;
    Finding finding;
    const char* words;
  };
  const std::vector<Row> rows = {
      {1.1, only("ttft_p50"), Finding::kWorse,
       "B's ttft_p50 is 10 % higher (7.3 % to 13 %, 5 runs a side, p = 0.008): regression"},
      {0.9, only("ttft_p50"), Finding::kBetter,
       "B's ttft_p50 is 10 % lower (7.8 % to 12 %, 5 runs a side, p = 0.008): better"},
      {1.0, only("ttft_p50"), Finding::kNoDifference,
       "ttft_p50: no difference was seen; one of 3.2 % or more would have been (80 % power)"},
      {1.1, only("e2e_p50"), Finding::kNoDifference, "e2e_p50 is the same in all runs"},
      {1.1, only("ttft_p50", 0.2), Finding::kNoDifference,
       "ttft_p50: no difference was seen; one of 3.2 % or more would have been (80 % power)"},
      {1.1, only("ttft_p50", 0.05), Finding::kWorse,
       "B's ttft_p50 is 10 % higher (7.3 % to 13 %, 5 runs a side, p = 0.008), and 5.0 % is tolerated: regression"},
      {1.1, only("tpot_p50"), Finding::kUndecided, "tpot_p50 cannot be judged: it was not measured in each run"},
  };
  for (const Row& row : rows) {
    const Comparison comparison = TwoSides(row.slower).compare(row.options);
    EXPECT_EQ(comparison.finding(), row.finding) << row.words;
    EXPECT_EQ(sentence_of(comparison), row.words);
  }
}

TEST(CompareRuns, HoldsMoreToBeBetterWhereItIs) {
  TwoSides sides(1);
  for (Result& run : sides.b) run.summary.whole.goodput /= 2;
  sides.a[0].summary.whole.goodput *= 1.01;
  EXPECT_EQ(sides.compare(only("goodput")).finding(), Finding::kWorse);
  EXPECT_EQ(sides.compare(only("goodput", 0.6)).finding(), Finding::kNoDifference);
  std::swap(sides.a, sides.b);
  EXPECT_EQ(sides.compare(only("goodput")).finding(), Finding::kBetter);
}

TEST(CompareRuns, ComparesSharesByTheirDifferenceAndToleratesNone) {
  TwoSides sides(1);
  for (std::size_t i = 0; i < sides.b.size(); ++i) sides.b[i] = run_with(fmt::format("b{}", i), 100'000, 2 + i);
  const Comparison comparison = sides.compare(only("error_share", 0.5));
  EXPECT_EQ(comparison.finding(), Finding::kWorse);
  EXPECT_THAT(sentence_of(comparison), HasSubstr("B's error_share is 4.00 points higher"));
}

TEST(CompareRuns, CountsTheFiguresThatCouldDiffer) {
  const Comparison comparison = TwoSides(1.1).compare();  // ttft twice; e2e and errors are the same in all runs
  EXPECT_EQ(comparison.figures.size(), 4U);
  EXPECT_NEAR(*comparison.figures[0].p, 2 * 2.0 / 252, 1e-12);
  EXPECT_EQ(comparison.figures[2].p, std::nullopt);
}

TEST(CompareRuns, LeavesOutWhatIsInvalidOrNotWholeAndSaysSo) {
  TwoSides sides(1.1, 7);
  const Signal late{.name = "pacing_p99", .value = "9 ms", .limit = "5 ms", .advice = "lower the rate", .broken = true};
  for (const std::size_t run : {1, 2})
    sides.a[run].verdict = {Validity::kInvalid, {late}, {"INVALID: turns were sent late: lower the rate"}};
  sides.b[5].ended_by = EndedBy::kAbortRule;
  sides.b[5].ended_why = "error_share>20%";
  sides.b[0].summary.warm_up.steady = false;
  const Comparison comparison = sides.compare(only("ttft_p50"));
  EXPECT_THAT(comparison.notes, ElementsAre("A's run 2 of 7 is left out: INVALID: turns were sent late",
                                            "A's run 3 of 7 is left out: INVALID: turns were sent late",
                                            "B's run 1 of 7 had no steady state: its figures depend on how long it was",
                                            "B's run 6 of 7 is left out: ended early by the rule error_share>20%",
                                            "so that none is left out: lower the rate"));
  EXPECT_EQ(comparison.runs_a, 5U);
  EXPECT_EQ(comparison.finding(), Finding::kWorse);
  sides.a[3].verdict.validity = Validity::kInvalid;
  const Comparison too_few = sides.compare(only("ttft_p50"));
  EXPECT_EQ(too_few.finding(), Finding::kUndecided);
  EXPECT_EQ(too_few.cannot, "4 of A and 6 of B that can be used, and a comparison takes 5 of each");
  EXPECT_NEAR(*too_few.figures[0].change, 0.1, 0.02) << "what there is is told";
  EXPECT_EQ(too_few.figures[0].p, std::nullopt);
}

TEST(CompareRuns, TakesLowerBoundsForWhatTheyProve) {
  const auto bound = [](std::vector<Result>& runs) {
    for (Result& run : runs)
      std::swap(metric_of(run.summary.whole, Metric::kTtft).values,
                metric_of(run.summary.whole, Metric::kTtft).censored);
  };
  TwoSides slow(2);
  bound(slow.b);
  EXPECT_EQ(slow.compare(only("ttft_p50")).finding(), Finding::kWorse) << "it is even slower than that";
  TwoSides same(1);
  bound(same.b);
  EXPECT_EQ(same.compare(only("ttft_p50")).finding(), Finding::kUndecided);
  TwoSides of_a(2);
  bound(of_a.a);
  EXPECT_EQ(of_a.compare(only("ttft_p50")).finding(), Finding::kUndecided);
}

std::string refusal_of_words(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "it was taken";
}

TEST(Comparable, RefusesRunsThatSayNothingAboutEachOther) {
  struct Row {
    std::function<void(Result&)> change;
    const char* words;
  };
  const std::string no = "the runs say nothing about each other: ";
  const std::vector<Row> rows = {
      {[](Result&) {}, "it was taken"},
      {[](Result& run) { run.shape.seed = 99; }, "it was taken"},
      {[](Result& run) { run.prompts = "200 tokens (seed 9)"; }, "it was taken"},
      {[](Result& run) { run.kind = "chat"; }, "tests of the kinds 'llm' and 'chat'"},
      {[](Result& run) { run.prompts = "300 tokens (seed 1)"; }, "their prompts are '200 tokens' and '300 tokens'"},
      {[](Result& run) { run.shape.concurrency = 4; },
       "their loads are '1m00s of 5.00/s (poisson)' and '4 users, each waiting for its answer'"},
      {[](Result& run) { run.shape.cancel_share = 0.1; },
       "both loads are '1m00s of 5.00/s (poisson)', but their stages, requests or cancels differ"},
      {[](Result& run) { run.id = "a"; }, "run a comes twice"},
  };
  for (const Row& row : rows) {
    Result a = run_with("a", 1000);
    a.shape.stages = {{"1", 60'000'000, 5, 5}};
    a.prompts = "200 tokens (seed 1)";
    Result b = a;
    b.id = "b";
    row.change(b);
    const std::string said = refusal_of_words([&] { require_comparable({&a}, {&b}); });
    EXPECT_TRUE(said == row.words || said == no + row.words) << said;
  }
}

TEST(CompareWords, AreReadOrRefused) {
  EXPECT_EQ(parse_allowed("5%"), 0.05);
  EXPECT_EQ(parse_allowed("0.1"), 0.1);
  for (const char* words : {"", "-1%", "100%", "much", "5 %%"})
    EXPECT_THAT(refusal_of_words([&] { parse_allowed(words); }), HasSubstr("--allow: expected a share such as 5%"))
        << words;
  EXPECT_THAT(parse_subjects({}), IsEmpty());
  EXPECT_EQ(refusal_of_words([] { parse_subjects({"tft_p99"}); }),
            "--metric: 'tft_p99' is nothing that can be compared, did you mean 'ttft_p99'?");
  EXPECT_EQ(refusal_of_words([] { parse_subjects({"goodput", "goodput"}); }), "--metric: goodput is named twice");
}

}  // namespace
}  // namespace wsdeep::load

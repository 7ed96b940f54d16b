#include "load/report/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/load_results.h"
#include "support/random_result.h"

namespace wsdeep::load {
namespace {

using testing::empty_result;
using testing::full_result;
using testing::hostile_result;
using testing::refused_result;

nlohmann::json document_of(const Result& result) {
  return nlohmann::json::parse(result_json(result));
}

std::string refusal_of_document(const nlohmann::json& document) {
  try {
    read_result(document.dump(), "run.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "it was read";
}

TEST(ResultJson, IsWrittenAgainAsItWasRead) {
  for (const Result& result : {empty_result(), refused_result(), full_result()}) {
    const std::string text = result_json(result);
    EXPECT_EQ(result_json(read_result(text, "x")), text);
  }
  // Once what is no text has become U+FFFD.
  const std::string text = result_json(hostile_result());
  EXPECT_EQ(result_json(read_result(text, "x")), text);
}

TEST(ResultJson, IsWrittenAgainWhateverIsInIt) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const std::string text = result_json(testing::random_result(seed));
    EXPECT_EQ(result_json(read_result(text, "x")), text) << seed;
  }
}

TEST(ResultJson, BringsBackWhatWasMeasuredToTheLastValue) {
  const Result result = full_result();
  const Result back = read_result(result_json(result), "x");
  for (const MetricFacts& facts : metric_table()) {
    EXPECT_EQ(back.summary.whole.of(facts.metric).values, result.summary.whole.of(facts.metric).values) << facts.name;
    EXPECT_EQ(back.summary.whole.of(facts.metric).censored, result.summary.whole.of(facts.metric).censored);
    EXPECT_EQ(back.summary.whole.of(facts.metric).of, result.summary.whole.of(facts.metric).of);
  }
  EXPECT_EQ(back.shape.seed, result.shape.seed);
  EXPECT_EQ(back.shape.stages, result.shape.stages);
  EXPECT_EQ(back.pacing.late, result.pacing.late);
  EXPECT_EQ(back.driver.engines, result.driver.engines);
  EXPECT_EQ(back.driver.cancels, result.driver.cancels);
  EXPECT_EQ(back.driver.sessions, result.driver.sessions);
  EXPECT_EQ(back.summary.levels[1].level.name, "2");
}

TEST(ResultJson, SaysOfHowManyAPercentileIs) {
  const nlohmann::json ttft = document_of(full_result())["measured"]["whole"]["metrics"]["ttft"];
  EXPECT_EQ(ttft["of"], 10);
  EXPECT_EQ(ttft["counted"], 6);
  EXPECT_EQ(ttft["percentiles"][0], nlohmann::json({{"share", 0.5}, {"value_us", 700'415}, {"more_than", false}}));
  EXPECT_EQ(ttft["percentiles"][4], nlohmann::json({{"share", 0.99}, {"value_us", 89'980'928}, {"more_than", true}}));
  EXPECT_EQ(ttft["values"]["max_us"], 90'000'001);
  EXPECT_EQ(ttft["unfinished"]["count"], 2);
}

TEST(ResultJson, HasNoNumberThatIsNone) {
  const nlohmann::json node = document_of(hostile_result())["measured"]["nodes"][0];
  EXPECT_EQ(node["goodput_per_s"], nullptr);
  EXPECT_EQ(node["mean_in_flight"], nullptr);
  EXPECT_EQ(node["cached_share"], nullptr);
}

TEST(ResultJson, LeavesUnknownFieldsAlone) {
  nlohmann::json document = document_of(full_result());
  document["measured"]["whole"]["of_a_later_version"] = {1, 2};
  document["measured"]["whole"]["metrics"]["of_a_later_version"] = {1, 2};
  EXPECT_EQ(refusal_of_document(document), "it was read");
}

TEST(ResultJson, IsRefusedWhereItIsBroken) {
  struct Row {
    const char* place;
    nlohmann::json value;
    const char* message;
  };
  const std::string ttft = "/measured/whole/metrics/ttft";
  const std::string cut = document_of(full_result())[nlohmann::json::json_pointer(ttft + "/values/histogram")];
  const std::vector<Row> rows = {
      {"/schema", "wsdeep.loadtest/2", "run.json: its schema is 'wsdeep.loadtest/2', expected 'wsdeep.loadtest/1'"},
      {"/schema", nullptr, "run.json: its schema is '', expected 'wsdeep.loadtest/1'"},
      {"/id", 7, "run.json: id: expected a string, got a number"},
      {"/started", "today", "run.json: started: "},
      {"/load/seed", "-1", "run.json: load.seed: expected digits"},
      {"/load/seed", "18446744073709551616", "run.json: load.seed: expected digits"},
      {"/load/concurrency", 1e12, "run.json: load.concurrency: out of range"},
      {"/verdict/validity", "fine", "run.json: verdict.validity: 'fine' is not known"},
      {"/measured/levels/0/level", "ttft_p99<x", "run.json: measured.levels[0].level: "},
      {"/measured/stages/1/tally/good", -1, "run.json: measured.stages[1].tally.good: expected a count"},
      {"/measured/stages", 1, "run.json: measured.stages: expected a list, got a number"},
      {"/measured/whole/metrics/ttft/of", nullptr, "run.json: measured.whole.metrics.ttft.of: missing"},
      {"/measured/whole/metrics/ttft/values/histogram", "HIST",
       "run.json: measured.whole.metrics.ttft.values: cannot read a histogram: it ends too early"},
      {"/measured/whole/metrics/ttft/values/min_us", 1,
       "run.json: measured.whole.metrics.ttft.values: its least, largest or summed value is not one of its histogram"},
      {"/measured/whole/metrics/ttft/values/sum_us", 1e300,
       "run.json: measured.whole.metrics.ttft.values: its least, largest or summed value is not one of its histogram"},
      {"/measured/whole/metrics/ttft/unfinished/histogram", cut,
       "run.json: measured.whole.metrics.ttft.unfinished: its least, largest or summed value is not one of its"},
  };
  for (const Row& row : rows) {
    nlohmann::json document = document_of(full_result());
    document[nlohmann::json::json_pointer(row.place)] = row.value;
    const std::string message = refusal_of_document(document);
    EXPECT_TRUE(message.starts_with(row.message)) << row.place << ": " << message;
  }
}

TEST(ResultJson, NeedsEveryNumberThatItWrites) {
  nlohmann::json document = document_of(full_result());
  document["measured"]["whole"].erase("goodput_per_s");
  EXPECT_EQ(refusal_of_document(document), "run.json: measured.whole.goodput_per_s: missing");
}

TEST(ResultJson, HoldsNoMoreThanItsBound) {
  const std::string text = result_json(refused_result());  // three values below 62 µs, in one histogram
  EXPECT_NO_THROW(read_result(text, "x", 62));
  try {
    read_result(text, "x", 61);
    FAIL() << "it was read";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "x: measured.whole.metrics.send_lag.values: more histograms than can be held");
  }
}

TEST(ResultSchema, SaysOfEachMetricWhatItIs) {
  const nlohmann::json metrics = nlohmann::json::parse(result_schema())["$defs"]["metrics"]["properties"];
  EXPECT_EQ(metrics.size(), kMetrics);
  for (const MetricFacts& facts : metric_table())
    EXPECT_EQ(metrics[facts.name]["description"], fmt::format("{}; over {}", facts.meaning, facts.over));
}

}  // namespace
}  // namespace wsdeep::load

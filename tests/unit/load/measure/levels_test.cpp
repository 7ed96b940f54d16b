#include "load/measure/levels.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"

namespace wsdeep::load {
namespace {

std::string level_error(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ParseLevel, ReadsPercentilesOfMetrics) {
  const Level level = parse_level("ttft_p99.9 < 1.5s");
  const auto what = std::get<MetricQuantile>(level.what);
  EXPECT_EQ(what.metric, Metric::kTtft);
  EXPECT_DOUBLE_EQ(what.share, 0.999);
  EXPECT_TRUE(level.below);
  EXPECT_EQ(level.limit, 1'500'000);
  EXPECT_EQ(level.scope, LevelScope::kWhole);
  EXPECT_EQ(std::get<MetricQuantile>(parse_level("ttft_sent_p50<800ms").what).metric, Metric::kTtftSent);
}

TEST(ParseLevel, ReadsSharesAndRates) {
  struct {
    const char* text;
    double limit;
    bool below;
  } const rows[] = {{"good_share>99%", 0.99, false}, {"good_share>0.995", 0.995, false},
                    {"error_share<1%", 0.01, true},  {"stall_rate<0.5%", 0.005, true},
                    {"stickiness>95%", 0.95, false}, {"goodput>20/s", 20, false},
                    {"output_rate>600/m", 10, false}};
  for (const auto& row : rows) {
    const Level level = parse_level(row.text);
    EXPECT_DOUBLE_EQ(level.limit, row.limit) << row.text;
    EXPECT_EQ(level.below, row.below) << row.text;
  }
}

TEST(ParseLevel, ReadsTheStageOrTheNodeThatItIsOf) {
  struct {
    const char* text;
    LevelScope scope;
    const char* name;
  } const rows[] = {{"stage 2: ttft_p99<1s", LevelScope::kStage, "2"},
                    {"stage the peak: ttft_p99<1s", LevelScope::kStage, "the peak"},
                    {"each stage: ttft_p99<1s", LevelScope::kEachStage, ""},
                    {"node 10.0.0.1:50051: good_share>95%", LevelScope::kNode, "10.0.0.1:50051"},
                    {"each node:good_share>95%", LevelScope::kEachNode, ""}};
  for (const auto& row : rows) {
    const Level level = parse_level(row.text);
    EXPECT_EQ(level.scope, row.scope) << row.text;
    EXPECT_EQ(level.name, row.name) << row.text;
    EXPECT_EQ(level.text, row.text);
  }
}

TEST(ParseLevel, RefusesWhatIsNone) {
  struct {
    const char* text;
    const char* error;
  } const rows[] = {
      {"", "level '': expected '<' or '>' and a limit, such as ttft_p99<800ms or good_share>99%"},
      {"ttft_p99<=1s",
       "level 'ttft_p99<=1s': expected '<' or '>' and a limit, such as ttft_p99<800ms or good_share>99%"},
      {"tfft_p99<1s", "level 'tfft_p99<1s': 'tfft_p99' is nothing that a level can speak of, did you mean 'ttft_p99'?"},
      {"ttft<1s", "level 'ttft<1s': 'ttft' is nothing that a level can speak of"},
      {"ttft_p100<1s",
       "level 'ttft_p100<1s': 'ttft_p100' is nothing that a level can speak of, did you mean 'ttft_p99'?"},
      {"ttft_pnan<1s",
       "level 'ttft_pnan<1s': 'ttft_pnan' is nothing that a level can speak of, did you mean 'ttft_p99'?"},
      {"ttft_p99<800",
       "level 'ttft_p99<800': its limit must be a duration such as 250us, 20ms, 1.5s, 10m or 2h, got '800'"},
      {"ttft_p99<0s", "level 'ttft_p99<0s': its limit must be longer than nothing"},
      {"ttft_p99>1s", "level 'ttft_p99>1s': it says what has to hold, did you mean 'ttft_p99<1s'?"},
      {"good_share<5%", "level 'good_share<5%': it says what has to hold, did you mean 'good_share>5%'?"},
      {"good_share>100%", "level 'good_share>100%': its limit must be a share above 0% and below 100%, got '100%'"},
      {"goodput>20", "level 'goodput>20': its limit must be a rate such as 20/s or 900/m, got '20'"},
      {"goodput>20/x", "level 'goodput>20/x': its limit must be a rate such as 20/s or 900/m, got '20/x'"},
      {"stages 2: ttft_p99<1s",
       "level 'stages 2: ttft_p99<1s': before the colon stands 'stage NAME', 'each stage', 'node NAME' or 'each node', "
       "not 'stages 2'"},
      {"each node: stickiness>9%", "level 'each node: stickiness>9%': stickiness is known of the whole run only"},
  };
  for (const auto& row : rows) EXPECT_EQ(level_error([&] { parse_level(row.text); }), row.error);
}

TEST(ParseAbortRule, SaysWhatIsTooBad) {
  EXPECT_FALSE(parse_abort_rule("error_share>20%").below);
  EXPECT_TRUE(parse_abort_rule("goodput<5/s").below);
  EXPECT_EQ(level_error([] { parse_abort_rule("ttft_p99<1s"); }),
            "level 'ttft_p99<1s': it says what ends the run, did you mean 'ttft_p99>1s'?");
  EXPECT_EQ(level_error([] { parse_abort_rule("frame_gap_p99>1s"); }),
            "level 'frame_gap_p99>1s': the last ten seconds are known by turns only");
}

TEST(CheckLevels, RefusesWhatTheRunCannotMeasure) {
  const std::vector<Stage> stages = {{.name = "warm"}, {.name = "peak"}};
  EXPECT_NO_THROW(check_levels({parse_level("stage peak: itl_p99<50ms")}, stages, true));
  EXPECT_EQ(level_error([&] { check_levels({parse_level("stage 2: ttft_p99<1s")}, stages, true); }),
            "level 'stage 2: ttft_p99<1s': there is no stage '2': there are warm, peak");
  EXPECT_EQ(
      level_error([&] { check_levels({parse_level("itl_p99<50ms")}, stages, false); }),
      "level 'itl_p99<50ms': only frames can be seen there, and a frame may hold many tokens: times between tokens "
      "are not known");
}

}  // namespace
}  // namespace wsdeep::load

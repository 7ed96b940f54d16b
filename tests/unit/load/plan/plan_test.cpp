#include "load/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "support/memory_files.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const testing::MemoryFiles kNoFiles;

Plan planned(const PlanOptions& options) {
  return make_plan(options, kNoFiles);
}

std::string plan_refusal(const PlanOptions& options, const Files& files = kNoFiles) {
  try {
    make_plan(options, files);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

testing::MemoryFiles with_stages(const std::string& text) {
  return testing::MemoryFiles({{"stages.txt", text}});
}

TEST(Plan, SendsOneTurnASecondForAMinuteUnlessToldOtherwise) {
  const Plan plan = planned({});
  EXPECT_EQ(plan.shape.arrivals, Arrivals::kPoisson);
  EXPECT_EQ(plan.shape.stages, (std::vector<Stage>{{"1", 60'000'000, 1, 1}}));
  EXPECT_EQ(plan.schedule.stages, plan.shape.stages);
  EXPECT_EQ(plan.prompts_in_words, "200 tokens, new ones (seed 1)");
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(Plan, EndsWithItsRequestsWhenNobodySaysHowLong) {
  const Plan constant = planned({.rate = "5/s", .arrivals = "constant", .requests = 20});
  EXPECT_EQ(constant.schedule.arrivals.size(), 20u);
  EXPECT_EQ(constant.shape.stages, (std::vector<Stage>{{"1", 4'000'000, 5, 5}}));
  const Plan fixed = planned({.rate = "5/s", .arrivals = "poisson-fixed-n", .requests = 20});
  EXPECT_EQ(fixed.schedule.arrivals.size(), 20u);
  EXPECT_EQ(fixed.schedule.length(), 4'000'000);
  EXPECT_EQ(planned({.rate = "5/s", .requests = 20}).schedule.arrivals.size(), 20u);
}

TEST(Plan, HasStagesAsLongAsADurationMayBe) {
  const auto files = with_stages("8784h 0.0001/s");
  EXPECT_EQ(make_plan({.arrivals = "poisson-fixed-n", .stages = "stages.txt"}, files).schedule.arrivals.size(), 3162u);
  EXPECT_EQ(plan_refusal({.rate = "1e-300/s", .arrivals = "poisson-fixed-n", .requests = 1}),
            "the load has no arrival: a higher rate or a longer duration has some");
}

TEST(Plan, CutsItsTimeIntoBlocks) {
  const std::vector<Stage> thirds = {{"1", 333'333, 5, 5}, {"2", 333'333, 5, 5}, {"3", 333'334, 5, 5}};
  EXPECT_EQ(planned({.rate = "5/s", .arrivals = "constant", .duration = "1s", .blocks = 3}).shape.stages, thirds);
  const Plan users = planned({.duration = "1s", .concurrency = 2, .blocks = 2});
  EXPECT_EQ(users.schedule.stages, (std::vector<Stage>{{"1", 500'000}, {"2", 500'000}}));
}

TEST(Plan, SaysWhenTheDurationHasFewerRequestsThanAsked) {
  const Plan plan = planned({.rate = "5/s", .arrivals = "constant", .duration = "2s", .requests = 20});
  EXPECT_THAT(plan.notes, ElementsAre("the load ends after 2.0s with 10 of the 20 requests"));
}

TEST(Plan, TakesBurstinessForGammaArrivals) {
  const Plan plan = planned({.rate = "5/s", .burstiness = 0.5});
  EXPECT_EQ(plan.shape.arrivals, Arrivals::kGamma);
  EXPECT_EQ(plan.shape.burstiness, 0.5);
}

TEST(Plan, HasOneStageAndNoArrivalsInAClosedLoop) {
  const Plan plan = planned({.duration = "5m", .requests = 100, .concurrency = 8, .think = "2s"});
  EXPECT_EQ(plan.shape.concurrency, 8);
  EXPECT_EQ(plan.shape.think, 2'000'000);
  EXPECT_EQ(plan.shape.duration, 300'000'000);
  EXPECT_EQ(plan.shape.requests, 100u);
  EXPECT_EQ(plan.schedule.length(), 300'000'000);
  EXPECT_THAT(plan.schedule.arrivals, IsEmpty());
}

TEST(Plan, CancelsWhatItIsTold) {
  const Plan plan = planned({.cancel = "100%@2s"});
  for (const Arrival& arrival : plan.schedule.arrivals) EXPECT_EQ(arrival.cancel_after, 2'000'000);
}

TEST(Plan, ReadsStages) {
  const auto files = with_stages("# up and down\nwarm 1m 60/m\n\n 30s\t1/s..20/s # a ramp\r\nend 10s 0/s");
  const Plan plan = make_plan({.stages = "stages.txt"}, files);
  EXPECT_THAT(plan.shape.stages, ElementsAre(Stage{"warm", 60'000'000, 1, 1}, Stage{"2", 30'000'000, 1, 20},
                                             Stage{"end", 10'000'000, 0, 0}));
}

struct RefusedStages {
  std::string text;
  std::string said;
};

TEST(Plan, SaysWhereAStagesFileIsWrong) {
  const std::string form =
      "expected a stage: its name, if it has one, its duration and its rate, such as 'warm 5m 10/s' or '2m 10/s..50/s'";
  const std::string rate = "the stage's rate must be ";
  const std::vector<RefusedStages> table = {
      {"", "stages.txt: there is nothing in this file"},
      {" \n", "stages.txt: there is nothing in this file"},
      {"# nothing\n", "stages.txt:1:1: expected a stage, such as '5m 10/s'"},
      {"5m 10/s\n5m\n", "stages.txt:2:1: " + form},
      {"a b 5m 10/s\n", "stages.txt:1:8: " + form},
      {"5 10/s\n",
       "stages.txt:1:1: the stage's duration must be a duration such as 250us, 20ms, 1.5s, 10m or 2h, got '5'"},
      {"0s 10/s\n", "stages.txt:1:1: the stage's duration must be longer than nothing, got '0s'"},
      {"é 5m 5/s\n", "stages.txt:1:1: a stage's name is up to 40 letters, digits and any of -_., got 'é'"},
      {"a,b 5m 5/s\n", "stages.txt:1:1: a stage's name is up to 40 letters, digits and any of -_., got 'a,b'"},
      {"e 5m 5x # é\n",
       "stages.txt:1:6: " + rate + "arrivals a second, a minute or an hour, such as 5/s, 300/m or 100/h, got '5x'"},
      {"5m 1/s..9999999/s\n", "stages.txt:1:9: " + rate + "from 0 to 1000000/s, got '9999999/s'"},
      {"5m 1/s..\n",
       "stages.txt:1:9: " + rate + "arrivals a second, a minute or an hour, such as 5/s, 300/m or 100/h, got ''"},
      {"a 5m 1/s\na 5m 1/s\n", "stages.txt:2:1: a second stage 'a'"},
      {"5m 0/s\n", "the load has no arrival: a higher rate or a longer duration has some"},
      {"a\xff 5m 1/s\n", "stages.txt:1:2: the text is no UTF-8 here"},
  };
  for (const RefusedStages& row : table)
    EXPECT_EQ(plan_refusal({.stages = "stages.txt"}, with_stages(row.text)), row.said);
  EXPECT_EQ(plan_refusal({.stages = "none.txt"}), "cannot read none.txt: no such file");
}

TEST(Plan, RefusesFlagsThatDoNotGoTogether) {
  const std::vector<std::pair<PlanOptions, std::string>> table = {
      {{.rate = "1/s", .concurrency = 1}, "--concurrency and --rate exclude each other"},
      {{.stages = "a", .concurrency = 1}, "--concurrency and --stages exclude each other"},
      {{.trace = "a", .concurrency = 1}, "--concurrency and --trace exclude each other"},
      {{.rate = "1/s", .trace = "a"}, "--trace and --rate exclude each other"},
      {{.trace = "a", .prompt_tokens = "5"}, "--trace and --prompt-tokens exclude each other"},
      {{.trace = "a", .output_tokens = "5"}, "--trace and --output-tokens exclude each other"},
      {{.rate = "1/s", .stages = "a"}, "--stages and --rate exclude each other"},
      {{.stages = "a", .duration = "1s"}, "--stages and --duration exclude each other"},
      {{.stages = "a", .blocks = 2}, "--blocks and --stages exclude each other"},
      {{.requests = 5, .blocks = 2}, "--blocks and --requests exclude each other"},
      {{.blocks = 0}, "--blocks must be from 1 to 1000, got 0"},
      {{.prompts = "a", .sharegpt = "b"}, "--prompts and --sharegpt exclude each other"},
      {{.turns = "2", .prompts = "a"}, "--prompts and --turns exclude each other"},
      {{.prefix_tokens = 5, .sharegpt = "a"}, "--sharegpt and --prefix-tokens exclude each other"},
      {{.think = "1s"}, "--think needs --concurrency"},
      {{.time_scale = 2}, "--time-scale needs --trace"},
      {{.prefixes = 2}, "--prefixes needs --prefix-tokens"},
      {{.arrivals = "gamma"}, "--arrivals gamma needs --burstiness"},
      {{.arrivals = "constant", .burstiness = 2}, "--burstiness is for gamma arrivals, not for constant"},
      {{.burstiness = 0}, "--burstiness must be from 0.01 to 1000, got 0"},
      {{.burstiness = std::nan("")}, "--burstiness must be from 0.01 to 1000, got nan"},
      {{.requests = 0}, "--requests must be from 1 to 20000000, got 0"},
      {{.concurrency = -1}, "--concurrency must be from 1 to 2147483647, got -1"},
      {{.prefix_tokens = 0}, "--prefix-tokens must be from 1 to 1000000, got 0"},
      {{.rate = "1000000/s", .duration = "1h"}, "the load has 3600000000 arrivals, and a schedule at most 20000000"},
      {{.rate = "0.000001/h"}, "the load has no arrival: a higher rate or a longer duration has some"},
  };
  for (const auto& [options, said] : table) EXPECT_EQ(plan_refusal(options), said);
}

}  // namespace
}  // namespace wsdeep::load

#include "load/report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/display.h"
#include "base/files.h"
#include "base/text.h"
#include "load/report/page.h"

namespace wsdeep::load {
namespace {

constexpr Micros kTextMs = 1000;
constexpr Micros kS = 1'000'000;

/// `count` values in even steps from `low` to `high`, of `of` attempts.
void spread_values(Slice& slice, Metric metric, std::uint64_t count, Micros low, Micros high, std::uint64_t of) {
  Distribution& distribution = slice.metrics[static_cast<std::size_t>(metric)];
  distribution.of = of;
  for (std::uint64_t i = 0; i < count; ++i)
    distribution.values.record(low + (high - low) * static_cast<Micros>(i) / static_cast<Micros>(count - 1));
}

Slice slice_of_answers(const std::string& name, std::uint64_t good, std::uint64_t failed) {
  Slice slice;
  slice.name = name;
  slice.from = 8 * kS;
  slice.to = 60 * kS;
  slice.intended_rate = 5;
  slice.sent_rate = 4.98;
  slice.tally.attempts = good + failed;
  slice.tally.good = good;
  slice.tally.failed = failed;
  const std::uint64_t all = good + failed;
  spread_values(slice, Metric::kSendLag, all, 20, 310, all);
  spread_values(slice, Metric::kTtft, good, 150 * kTextMs, 620 * kTextMs, all);
  spread_values(slice, Metric::kTtftSent, good, 149 * kTextMs, 619 * kTextMs, all);
  spread_values(slice, Metric::kE2e, good, 900 * kTextMs, 4100 * kTextMs, all);
  spread_values(slice, Metric::kE2eSent, good, 899 * kTextMs, 4090 * kTextMs, all);
  spread_values(slice, Metric::kFrameGap, good * 20, 15 * kTextMs, 130 * kTextMs, good * 20);
  return slice;
}

LevelResult judged(Level level, double value, Judgement judgement) {
  LevelResult result;
  result.level = std::move(level);
  result.where = "all";
  result.value = value;
  result.judgement = judgement;
  return result;
}

Result chat_result() {
  Result result;
  result.kind = "chat";
  result.target = "wss://127.0.0.1:4510/prod";
  result.shape.stages = {{"1", 60 * kS, 5, 5}};
  result.prompts = "200 tokens, 3 turns, new ones (seed 7)";
  Summary& summary = result.summary;
  summary.warm_up = {8 * kS, true, true};
  summary.whole = slice_of_answers("all", 250, 4);
  Slice& whole = summary.whole;
  whole.tally.attempts = 263;
  whole.tally.slow = 2;
  whole.tally.refused = 5;
  whole.tally.truncated = 1;
  whole.tally.unfinished = 1;
  whole.tally.reasons = {{"overloaded", 5}, {"http 503", 4}, {"close 1006", 1}, {"still under way", 1}};
  Distribution& e2e = whole.metrics[static_cast<std::size_t>(Metric::kE2e)];
  e2e.censored.record(40 * kS);
  e2e.of = 263;
  whole.itl = ItlLetter::kCountOnly;
  whole.itl_bounds = ItlBounds{18'600, {{0.5, 17'000, 20'000}, {0.99, 25'000, 130'000}}};
  whole.goodput = 4.81;
  whole.output_rate = 201.3;
  whole.counted_by = TokenCount::kUsage;
  whole.output_tokens = 10'467;
  whole.reasoning_tokens = 1200;
  whole.prompt_tokens = 52'000;
  whole.cached_share = 0.341;
  whole.stalls = 2;
  whole.longest_stall = 1'240 * kTextMs;
  whole.mean_in_flight = 9.87;
  spread_values(whole, Metric::kTls, 40, 3 * kTextMs, 9 * kTextMs, 40);
  spread_values(whole, Metric::kUpgrade, 40, 12 * kTextMs, 45 * kTextMs, 40);
  summary.connections_opened = 40;
  summary.connections_failed = 1;
  summary.close_codes = {{1000, 39}, {1006, 1}};
  summary.nodes = {slice_of_answers("n1", 120, 0), slice_of_answers("i-0a1b2c3d4e5f60718abcdef", 130, 4)};
  summary.balance.stickiness = 0.993;
  summary.balance.followed = 160;
  summary.balance.skew = 1.04;
  summary.balance.kv = NodeBalance::KvEffect{210'000, 18'000, 160, 95'000};
  summary.little = {9.87, 9.81, 0.006, 0.028};
  summary.outside.attempts = 37;
  summary.outside.good = 37;
  summary.levels = {judged({"ttft_p99<800ms", MetricQuantile{Metric::kTtft, 0.99}}, 616'000, Judgement::kMet),
                    judged({"good_share>99%", Share::kGood, false}, 0.951, Judgement::kMissed),
                    judged({"ttft_p99.9<2s", MetricQuantile{Metric::kTtft, 0.999}}, 619'000, Judgement::kUndecided)};
  result.verdict.reasons = {"INCONCLUSIVE: ttft_p99.9<2s (all): it needs 2,995 turns with text, and 250 were counted"};
  result.pacing.planned = result.pacing.begun = 300;
  for (Micros late = 10; late <= 300; late += 10) result.pacing.late.record(late);
  result.verdict.validity = Validity::kInconclusive;
  result.verdict.signals = {{"send_lag_p99", "0.31 ms", "4.00 ms"}, {"cpu_peak", "34.0 % at 12.0 s", "80.0 %"}};
  return result;
}

/// What the tool itself could not keep up with.
Result invalid_result() {
  Result result;
  result.kind = "llm";
  result.target = "grpc://127.0.0.1:50051";
  result.shape.arrivals = Arrivals::kConstant;
  result.shape.stages = {{"slow", 30 * kS, 5, 5}, {"ramp", 30 * kS, 5, 50}};
  result.prompts = "ShareGPT, 120 conversations";
  Summary& summary = result.summary;
  summary.warm_up = {0, false, true};
  summary.whole = slice_of_answers("all", 900, 0);
  summary.whole.itl = ItlLetter::kExact;
  spread_values(summary.whole, Metric::kItl, 20'000, 10 * kTextMs, 30 * kTextMs, 20'000);
  summary.stages = {slice_of_answers("slow", 150, 0), slice_of_answers("ramp", 750, 0)};
  summary.little = {20, 26.4, 0.32, 0.028};
  result.verdict.validity = Validity::kInvalid;
  result.verdict.signals = {{"send_lag_p99", "312 ms", "4.00 ms", "lower the rate", true}, {"not_sent", "0", "0"}};
  result.verdict.reasons = {"INVALID: turns were sent late: send_lag_p99 is 312 ms, limit 4.00 ms: lower the rate"};
  return result;
}

/// Interrupted before anything came.
Result empty_run_result() {
  Result result;
  result.kind = "chat";
  result.target = "ws://127.0.0.1:4510/prod";
  result.shape.concurrency = 20;
  result.shape.think = 2 * kS;
  result.prompts = "200 tokens, new ones (seed 1)";
  result.ended_by = EndedBy::kInterrupt;
  result.summary.whole.tally.attempts = 3;
  result.summary.whole.tally.unfinished = 3;
  result.verdict.validity = Validity::kInconclusive;
  result.verdict.reasons = {"INCONCLUSIVE: the run was ended early"};
  return result;
}

/// All was refused.
Result refused_run_result() {
  Result result = empty_run_result();
  result.ended_by = EndedBy::kAbortRule;
  result.ended_why = "refused_share>50%";
  result.summary.whole.tally = {};
  result.summary.whole.tally.attempts = 40;
  result.summary.whole.tally.refused = 40;
  result.summary.whole.tally.reasons = {{"overloaded", 40}};
  result.summary.warm_up.steady = false;
  return result;
}

/// Of what is as it should be.
Result valid_result() {
  Result result = chat_result();
  result.verdict.validity = Validity::kValid;
  result.verdict.reasons.clear();
  result.summary.levels.pop_back();
  return result;
}

struct ReportCase {
  std::string name;
  Result (*result)();
  TextStyle style{};
};

std::filesystem::path golden_of(const std::string& name) {
  return std::filesystem::path(WSDEEP_TESTS) / "golden/load" / (name + ".txt");
}

class TextReport : public ::testing::TestWithParam<ReportCase> {};

/// With WSDEEP_REWRITE_GOLDEN=1 it is written instead.
TEST_P(TextReport, IsTheExpectedText) {
  const std::string text = text_report(GetParam().result(), GetParam().style);
  DiskFiles files;
  const auto golden = golden_of(GetParam().name);
  if (std::getenv("WSDEEP_REWRITE_GOLDEN") != nullptr) files.write(golden, text);
  EXPECT_EQ(text, files.read(golden));
}

TEST_P(TextReport, FitsTheScreen) {
  const std::string text = text_report(GetParam().result(), GetParam().style);
  for (const std::string_view line : split(text, '\n'))
    EXPECT_LE(display_width(line), GetParam().style.columns) << line;
}

INSTANTIATE_TEST_SUITE_P(Runs, TextReport,
                         ::testing::Values(ReportCase{"chat", chat_result}, ReportCase{"valid", valid_result},
                                           ReportCase{"invalid", invalid_result},
                                           ReportCase{"interrupted", empty_run_result},
                                           ReportCase{"refused", refused_run_result},
                                           ReportCase{"chat_wide", chat_result, {160, false}}),
                         [](const auto& one) { return one.param.name; });

TEST(TextReportColours, SayTheVerdictFirst) {
  EXPECT_TRUE(text_report(valid_result(), {80, true}).starts_with("\x1b[1;32mVALID\x1b["));
  EXPECT_TRUE(text_report(invalid_result(), {80, true}).starts_with("\x1b[1;31mINVALID\x1b["));
}

TEST(ReportWords, KeepThreeDigits) {
  const std::vector<std::pair<double, std::string>> kCases = {
      {0, "0us"},         {999, "999us"},     {1000, "1.00ms"},   {9'994, "9.99ms"}, {17'100, "17.1ms"},
      {171'000, "171ms"}, {999'400, "999ms"}, {999'600, "1.00s"}, {63e6, "63.0s"},   {125e6, "125s"},
  };
  for (const auto& [value, text] : kCases) EXPECT_EQ(time_text(value), text);
}

TEST(ReportWords, DoNotRoundToNothingOrToAll) {
  EXPECT_EQ(share_text(0.0), "0%");
  EXPECT_EQ(share_text(0.0004), "<0.1%");
  EXPECT_EQ(share_text(0.95), "95.0%");
  EXPECT_EQ(share_text(0.9996), ">99.9%");
  EXPECT_EQ(share_text(1.0), "100%");
  EXPECT_EQ(share_text(3, 0), "-");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(quantile_text(std::nullopt), "-");
  EXPECT_EQ(quantile_text(Quantile{1'240'000, true}), "> 1.24s");
}

}  // namespace
}  // namespace wsdeep::load

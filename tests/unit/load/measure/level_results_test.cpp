#include "load/measure/level_results.h"

#include <gtest/gtest.h>

#include <string>

#include "load/measure/abort_rules.h"
#include "load/measure/window.h"

namespace wsdeep::load {
namespace {

/// A minute in which `fast` turns had their first text after 100 ms, and `slow` ones after 2 s.
Summary minute_of(std::uint64_t fast, std::uint64_t slow) {
  Summary summary;
  summary.whole.to = 60 * kOneSecond;
  Distribution& ttft = summary.whole.metrics[static_cast<std::size_t>(Metric::kTtft)];
  ttft.values.record(100'000, fast);
  ttft.values.record(2'000'000, slow);
  ttft.of = fast + slow;
  summary.whole.tally.attempts = fast + slow;
  summary.whole.tally.good = fast;
  summary.whole.tally.slow = slow;
  summary.whole.goodput = static_cast<double>(fast) / 60;
  return summary;
}

LevelResult judged(std::string_view level, const Summary& summary) {
  return judge_levels({parse_level(level)}, summary).front();
}

TEST(JudgeLevels, NeedsAsManyAsAPercentileTakes) {
  const LevelResult few = judged("ttft_p99<800ms", minute_of(298, 0));
  EXPECT_EQ(few.judgement, Judgement::kUndecided);
  EXPECT_EQ(few.why,
            "it needs 299 turns with text, and 298 were counted: a window of about 61 s has them at this rate");
  EXPECT_EQ(few.where, "all");
  EXPECT_EQ(judged("ttft_p99<800ms", minute_of(299, 0)).judgement, Judgement::kMet);
  EXPECT_EQ(judged("ttft_p95<800ms", minute_of(59, 0)).judgement, Judgement::kMet);
}

TEST(JudgeLevels, KnowsAMissFromFew) {
  EXPECT_EQ(judged("ttft_p99<800ms", minute_of(20, 1)).judgement, Judgement::kUndecided);
  const LevelResult missed = judged("ttft_p99<800ms", minute_of(20, 3));
  EXPECT_EQ(missed.judgement, Judgement::kMissed);
  EXPECT_EQ(missed.why, "");
}

TEST(JudgeLevels, ComparesThePointWhenThereAreEnough) {
  EXPECT_EQ(judged("ttft_p99<800ms", minute_of(990, 10)).judgement, Judgement::kMet);
  EXPECT_EQ(judged("ttft_p99<800ms", minute_of(980, 20)).judgement, Judgement::kMissed);
  EXPECT_EQ(judged("good_share>98%", minute_of(990, 10)).judgement, Judgement::kMet);
  EXPECT_EQ(judged("good_share>99%", minute_of(990, 10)).judgement, Judgement::kMissed);
  EXPECT_EQ(judged("goodput>16/s", minute_of(990, 10)).judgement, Judgement::kMet);
  EXPECT_EQ(judged("goodput>17/s", minute_of(990, 10)).judgement, Judgement::kMissed);
}

TEST(JudgeLevels, LeavesOpenWhatUnfinishedTurnsMayChange) {
  Summary summary = minute_of(980, 0);
  summary.whole.metrics[static_cast<std::size_t>(Metric::kTtft)].censored.record(300'000, 20);
  summary.whole.tally.unfinished = 20;
  summary.whole.tally.attempts = 1000;
  EXPECT_EQ(judged("ttft_p99<800ms", summary).judgement, Judgement::kUndecided);
  EXPECT_EQ(judged("ttft_p99<200ms", summary).judgement, Judgement::kMissed);
  EXPECT_EQ(judged("ttft_p50<800ms", summary).judgement, Judgement::kMet);
  EXPECT_EQ(judged("error_share<1%", summary).judgement, Judgement::kUndecided);
  EXPECT_EQ(judged("error_share<5%", summary).judgement, Judgement::kMet);
}

TEST(JudgeLevels, SaysWhatWasNotMeasured) {
  const Summary summary = minute_of(0, 0);
  EXPECT_EQ(judged("ttft_p99<1s", summary).why, "there were no turns with text");
  EXPECT_EQ(judged("stickiness>90%", summary).why,
            "there were no turns that follow another one at nodes that are known");
  EXPECT_EQ(judged("output_rate>5/s", summary).why, "nothing was sent in the window");
  EXPECT_EQ(judged("each node: good_share>90%", summary).why, "no answer said which node it came from");
  EXPECT_EQ(judged("node b: good_share>90%", summary).why, "that node answered nothing in the window");
}

TEST(JudgeLevels, JudgesEachPartThatALevelSpeaksOf) {
  Summary summary = minute_of(1000, 0);
  summary.nodes = {minute_of(500, 0).whole, minute_of(300, 200).whole, minute_of(0, 90).whole};
  summary.nodes[0].name = "a";
  summary.nodes[1].name = "b";
  summary.nodes[2].name = kNoNode;
  const auto results = judge_levels({parse_level("each node: good_share>95%")}, summary);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].where, "node a");
  EXPECT_EQ(results[0].judgement, Judgement::kMet);
  EXPECT_EQ(results[1].where, "node b");
  EXPECT_EQ(results[1].judgement, Judgement::kMissed);
}

TEST(AbortRules, EndARunWithoutMuchDoubt) {
  Summary recent = minute_of(30, 20);
  recent.whole.from = 50 * kOneSecond;
  const AbortRules rules({parse_abort_rule("ttft_p99>1s")});
  EXPECT_EQ(rules.broken(recent), "ttft_p99>1s (all, in the last ten seconds: 2001 ms)");
  Summary one_slow = minute_of(49, 1);
  one_slow.whole.from = 50 * kOneSecond;
  EXPECT_EQ(rules.broken(one_slow), std::nullopt);
  recent.whole.from = 55 * kOneSecond;
  EXPECT_EQ(rules.broken(recent), std::nullopt);
}

TEST(AbortRules, KnowSharesAndRates) {
  Summary recent = minute_of(30, 20);
  recent.whole.from = 50 * kOneSecond;
  EXPECT_EQ(AbortRules({parse_abort_rule("good_share<90%")}).broken(recent),
            "good_share<90% (all, in the last ten seconds: 60.0 %)");
  EXPECT_EQ(AbortRules({parse_abort_rule("goodput<5/s")}).broken(recent),
            "goodput<5/s (all, in the last ten seconds: 0.50/s)");
  EXPECT_EQ(AbortRules({parse_abort_rule("error_share>5%")}).broken(recent), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::load

#include "load/measure/recorder.h"

#include <gtest/gtest.h>

#include <vector>

#include "load/measure/window.h"
#include "support/turn_samples.h"

namespace wsdeep::load {
namespace {

RecorderOptions ten_seconds() {
  return {.stages = {{.name = "1", .duration = 10 * kOneSecond, .rate_from = 1, .rate_to = 1}}, .warm_up = 0};
}

Summary summary_of(RecorderOptions options, const std::vector<TurnRecord>& turns, Micros now = 20 * kOneSecond) {
  Recorder recorder(std::move(options));
  for (const TurnRecord& turn : turns) recorder.on_turn(turn);
  return recorder.summary(now);
}

Micros p50(const Slice& slice, Metric metric) {
  const auto quantile = slice.of(metric).quantile(0.5);
  return quantile ? quantile->value : kNever;
}

TEST(Recorder, CountsLatenciesFromTheIntendedInstantAndFromTheSend) {
  TurnRecord late = completed_turn(1000, {300, 400, 500});
  late.send += 100 * kTestMs;
  const Summary summary = summary_of(ten_seconds(), {late});
  EXPECT_EQ(p50(summary.whole, Metric::kSendLag), Histogram::highest_at(Histogram::index_of(100'000)));
  EXPECT_EQ(p50(summary.whole, Metric::kTtft), Histogram::highest_at(Histogram::index_of(300'000)));
  EXPECT_EQ(p50(summary.whole, Metric::kTtftSent), Histogram::highest_at(Histogram::index_of(200'000)));
  EXPECT_EQ(p50(summary.whole, Metric::kE2e), Histogram::highest_at(Histogram::index_of(500'000)));
  EXPECT_EQ(p50(summary.whole, Metric::kE2eSent), Histogram::highest_at(Histogram::index_of(400'000)));
  EXPECT_EQ(p50(summary.whole, Metric::kTpot), Histogram::highest_at(Histogram::index_of(100'000)));
}

TEST(Recorder, PutsEachAttemptIntoOneRow) {
  const Summary summary = summary_of(
      ten_seconds(), {completed_turn(0, {5}), bad_turn(1000, TurnEnd::kRefused, "overloaded"),
                      bad_turn(2000, TurnEnd::kFailed, "http 500"), bad_turn(3000, TurnEnd::kTruncated, "close 1006"),
                      bad_turn(4000, TurnEnd::kCancelled, "cancelled"), bad_turn(5000, TurnEnd::kUnfinished, "")});
  const Tally& tally = summary.whole.tally;
  EXPECT_TRUE(tally.adds_up());
  EXPECT_EQ(std::vector({tally.good, tally.refused, tally.failed, tally.truncated, tally.cancelled, tally.unfinished}),
            std::vector<std::uint64_t>(6, 1));
  EXPECT_EQ(summary.whole.of(Metric::kTtft).of, 6U);
  EXPECT_EQ(summary.whole.of(Metric::kTtft).censored.count(), 2U);
  EXPECT_EQ(summary.whole.of(Metric::kTtft).values.count(), 1U);
}

}  // namespace
}  // namespace wsdeep::load

#include "load/measure/live.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "load/measure/recorder.h"
#include "load/measure/window.h"
#include "support/turn_samples.h"

namespace wsdeep::load {
namespace {

RecorderOptions minute_of(std::vector<std::string> levels) {
  RecorderOptions options;
  options.stages = {{.name = "1", .duration = 60 * kOneSecond, .rate_from = 1, .rate_to = 1}};
  options.warm_up = 0;
  for (const std::string& level : levels) options.levels.push_back(parse_level(level));
  return options;
}

TurnRecord answered_by(const std::string& node, std::int64_t at_ms, std::vector<std::int64_t> pieces_ms) {
  TurnRecord turn = completed_turn(at_ms, std::move(pieces_ms));
  turn.node = node;
  return turn;
}

Micros bucket_end(Micros us) {
  return Histogram::highest_at(Histogram::index_of(us));
}

/// `met`, `MISSED` or `undecided` of one level.
std::string judged_live(const std::string& level, const std::vector<TurnRecord>& turns) {
  Recorder recorder(minute_of({level}));
  for (const TurnRecord& turn : turns) recorder.on_turn(turn);
  switch (recorder.live(20 * kOneSecond).levels.at(0).judgement) {
    case Judgement::kMet:
      return "met";
    case Judgement::kMissed:
      return "MISSED";
    case Judgement::kUndecided:
      break;
  }
  return "undecided";
}

std::vector<TurnRecord> many_answers(int count, std::int64_t ttft_ms) {
  std::vector<TurnRecord> turns;
  for (int i = 0; i < count; ++i) turns.push_back(answered_by("n1", 15'000 + i, {ttft_ms, ttft_ms + 20}));
  return turns;
}

TEST(Live, TellsEachNodeOfTheRunAndOfTheLastSeconds) {
  Recorder recorder(minute_of({}));
  recorder.on_turn(answered_by("n1", 0, {100, 200}));
  recorder.on_turn(answered_by("n2", 1000, {100, 200}));
  TurnRecord broken = bad_turn(20'000, TurnEnd::kTruncated, "close 1006");
  broken.node = "n2";
  recorder.on_turn(broken);
  recorder.on_turn(answered_by("n1", 20'000, {300, 400}));
  const Live live = recorder.live(22 * kOneSecond);
  ASSERT_EQ(live.nodes.size(), 2U);
  const LiveNode& good = live.nodes[0];
  EXPECT_EQ(good.name, "n1");
  EXPECT_EQ(std::vector({good.turns, good.bad, good.recent, good.recent_bad}),
            (std::vector<std::uint64_t>{2, 0, 1, 0}));
  EXPECT_EQ(good.ttft_p50.value().value, bucket_end(300'000));
  EXPECT_EQ(good.last_good, 20'400 * kTestMs);
  const LiveNode& bad = live.nodes[1];
  EXPECT_EQ(std::vector({bad.turns, bad.bad, bad.recent, bad.recent_bad}), (std::vector<std::uint64_t>{2, 1, 1, 1}));
  EXPECT_EQ(bad.last_good, 1200 * kTestMs);
  EXPECT_EQ(live.errors, (std::map<std::string, std::uint64_t>{{"close 1006", 1}}));
}

TEST(Live, CountsEachTurnOnceHoweverOftenSomebodyLooks) {
  Recorder recorder(minute_of({"error_share<50%"}));
  for (int look = 1; look <= 3; ++look) {
    recorder.on_turn(bad_turn(look * 1000, TurnEnd::kFailed, "http 500"));
    const Live live = recorder.live((look + 1) * kOneSecond);
    EXPECT_EQ(live.errors.at("http 500"), static_cast<std::uint64_t>(look));
  }
}

TEST(Live, HasNoNodesWhereNobodyNamesThem) {
  Recorder recorder(minute_of({}));
  recorder.on_turn(answered_by("", 0, {100}));
  EXPECT_TRUE(recorder.live(2 * kOneSecond).nodes.empty());
  recorder.on_turn(answered_by("n1", 0, {100}));
  EXPECT_EQ(recorder.live(2 * kOneSecond).nodes.size(), 2U);
}

TEST(Live, TellsTheGapsOfTurnsThatEndedInTheLastTenSeconds) {
  Recorder recorder(minute_of({}));
  recorder.on_turn(answered_by("n1", 0, {100, 900}));
  recorder.on_turn(answered_by("n1", 18'000, {100, 120, 160}));
  const Live live = recorder.live(20 * kOneSecond);
  EXPECT_EQ(live.frame_gap_p50.value().value, bucket_end(20'000));
  EXPECT_EQ(live.frame_gap_p99.value().value, bucket_end(40'000));
  EXPECT_FALSE(recorder.live(40 * kOneSecond).frame_gap_p99);
}

TEST(Live, JudgesLevelsOfWhatHasEnded) {
  const std::vector<std::pair<std::string, std::string>> kRows = {
      {"ttft_p50<150ms", "met"},      {"ttft_p50<50ms", "MISSED"},
      {"ttft_p99.9<1s", "undecided"}, {"frame_gap_p99<30ms", "met"},
      {"good_share>90%", "met"},      {"goodput>25/s", "met"},
      {"goodput>35/s", "MISSED"},     {"output_rate>50/s", "met"},
      {"stickiness>1%", "undecided"}, {"each node: ttft_p90<90ms", "MISSED"}};
  const auto turns = many_answers(300, 100);
  for (const auto& [level, judgement] : kRows) EXPECT_EQ(judged_live(level, turns), judgement) << level;
}

TEST(Live, JudgesLevelsAsTheReportDoes) {
  Recorder recorder(minute_of({"ttft_p50<150ms", "frame_gap_p99<30ms", "good_share>90%", "each node: ttft_p90<90ms"}));
  for (const TurnRecord& turn : many_answers(300, 100)) recorder.on_turn(turn);
  const std::vector<LevelResult> early = recorder.live(20 * kOneSecond).levels;
  const std::vector<LevelResult> late = recorder.summary(60 * kOneSecond).levels;
  ASSERT_EQ(early.size(), late.size());
  for (std::size_t i = 0; i < early.size(); ++i) {
    EXPECT_EQ(early[i].judgement, late[i].judgement) << early[i].level.text;
    EXPECT_EQ(early[i].value, late[i].value) << early[i].level.text;
    EXPECT_EQ(early[i].where, late[i].where);
  }
}

TEST(Live, LeavesTheGivenWarmUpOutOfLevels) {
  RecorderOptions options = minute_of({"ttft_p50<50ms", "frame_gap_p50<50ms"});
  options.warm_up = 10 * kOneSecond;
  Recorder recorder(options);
  for (int i = 0; i < 20; ++i) recorder.on_turn(answered_by("n1", i, {500, 900}));
  for (const LevelResult& level : recorder.live(9 * kOneSecond).levels) EXPECT_FALSE(level.value) << level.level.text;
  for (int i = 0; i < 20; ++i) recorder.on_turn(answered_by("n1", 10'000 + i, {20, 40}));
  for (const LevelResult& level : recorder.live(12 * kOneSecond).levels)
    EXPECT_EQ(level.judgement, Judgement::kMet) << level.level.text;
}

}  // namespace
}  // namespace wsdeep::load

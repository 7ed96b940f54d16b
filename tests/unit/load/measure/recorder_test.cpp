#include "load/measure/recorder.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "load/measure/abort_rules.h"
#include "load/measure/levels.h"
#include "load/measure/window.h"
#include "load/turn/open_turn.h"
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

Micros bucket(Micros us) {
  return Histogram::highest_at(Histogram::index_of(us));
}

TEST(Recorder, MeasuresOnlyWhatWasIntendedInTheWindow) {
  RecorderOptions options = ten_seconds();
  options.warm_up = 2 * kOneSecond;
  options.cool_down = 1 * kOneSecond;
  const Summary summary = summary_of(options, {completed_turn(1999, {100, 200}), completed_turn(2000, {300, 500}),
                                               completed_turn(8999, {300, 500}), completed_turn(9000, {100, 200})});
  EXPECT_EQ(summary.whole.from, 2 * kOneSecond);
  EXPECT_EQ(summary.whole.to, 9 * kOneSecond);
  EXPECT_EQ(summary.whole.tally.attempts, 2U);
  EXPECT_EQ(summary.outside.attempts, 2U);
  EXPECT_EQ(summary.whole.of(Metric::kTtft).quantile(0.01)->value, bucket(300'000));
  EXPECT_EQ(summary.whole.of(Metric::kFrameGap).values.count(), 2U);
  EXPECT_EQ(summary.whole.of(Metric::kFrameGap).values.max(), 200'000);
  // By instants: two tokens of the first turn come at 2.1 and 2.2 s, those of the third after the window.
  EXPECT_DOUBLE_EQ(summary.whole.output_rate, 4.0 / 7);
  EXPECT_DOUBLE_EQ(summary.whole.intended_rate, 2.0 / 7);
}

TEST(Recorder, EndsItsWindowWhereTheScheduleWasEnded) {
  Recorder recorder(ten_seconds());
  recorder.on_turn(completed_turn(1000, {100}));
  recorder.end_schedule(2'500'000);
  const Summary summary = recorder.summary(4 * kOneSecond);
  EXPECT_EQ(summary.whole.to, 2'500'000);
  EXPECT_DOUBLE_EQ(summary.whole.goodput, 1 / 2.5);
}

TEST(Recorder, TellsItsStagesApart) {
  RecorderOptions options = ten_seconds();
  options.stages = {{.name = "warm", .duration = 4 * kOneSecond}, {.name = "peak", .duration = 6 * kOneSecond}};
  TurnRecord peak = completed_turn(5000, {700, 900});
  peak.stage = 1;
  const Summary summary = summary_of(options, {completed_turn(3500, {300, 1500}), peak});
  ASSERT_EQ(summary.stages.size(), 2U);
  EXPECT_EQ(summary.stages[0].name, "warm");
  EXPECT_EQ(p50(summary.stages[0], Metric::kTtft), bucket(300'000));
  EXPECT_EQ(p50(summary.stages[1], Metric::kTtft), bucket(700'000));
  // Of the first turn's tokens the second came in the second stage, in whose time that turn was in flight for a second.
  EXPECT_DOUBLE_EQ(summary.stages[0].output_rate, 1.0 / 4);
  EXPECT_DOUBLE_EQ(summary.stages[1].output_rate, 3.0 / 6);
  EXPECT_DOUBLE_EQ(summary.stages[1].mean_in_flight, 1.9 / 6);
}

TEST(Recorder, TakesThePeriodWithoutTextOfAnUnfinishedTurnForALowerBound) {
  const Summary summary =
      summary_of(ten_seconds(), {completed_turn(0, {100}), bad_turn(1000, TurnEnd::kUnfinished, "")}, 6 * kOneSecond);
  const auto quantile = summary.whole.of(Metric::kTtft).quantile(0.99);
  ASSERT_TRUE(quantile);
  EXPECT_TRUE(quantile->more_than);
  EXPECT_EQ(quantile->value, Histogram::lowest_at(Histogram::index_of(5'000'000)));
  EXPECT_EQ(summary.whole.of(Metric::kE2e).censored.count(), 1U);
}

TEST(Recorder, CountsStallsAgainstTheTurnsOwnMedian) {
  const TurnRecord quick = completed_turn(0, {100, 120, 140, 1500, 1520});  // a median of 20 ms: 1.36 s is a stall
  const TurnRecord slow = completed_turn(1000, {100, 300, 500, 2400});      // ten times 200 ms is more than 1.9 s
  const Summary summary = summary_of(ten_seconds(), {quick, slow});
  EXPECT_EQ(summary.whole.stalls, 1U);
  EXPECT_EQ(summary.whole.stalled_turns, 1U);
  EXPECT_EQ(summary.whole.longest_stall, 1'360'000);
  EXPECT_EQ(summary.whole.of(Metric::kLongestGap).values.max(), 1'900'000);
}

TEST(Recorder, FindsAStallThatTheEndOfTheRunCutShort) {
  TurnRecord turn = completed_turn(0, {100, 200, 300});
  turn.how = TurnEnd::kUnfinished;
  turn.end = kNever;
  const Summary summary = summary_of(ten_seconds(), {turn}, 9 * kOneSecond);
  EXPECT_EQ(summary.whole.stalls, 1U);
  EXPECT_EQ(summary.whole.longest_stall, 8'700'000);
  EXPECT_TRUE(summary.whole.of(Metric::kFrameGap).quantile(0.99)->more_than);
}

/// Pieces of several tokens, 100 ms apart.
TurnRecord counted_turn(Micros intended_ms, const std::vector<std::uint32_t>& tokens) {
  std::vector<Micros> instants;
  for (std::size_t i = 1; i <= tokens.size(); ++i) instants.push_back(static_cast<Micros>(i) * 100);
  TurnRecord turn = completed_turn(intended_ms, instants);
  turn.output_tokens = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) turn.output_tokens += turn.pieces[i].tokens = tokens[i];
  return turn;
}

TEST(Recorder, GivesASliceTheWorstLetterOfItsTurns) {
  TurnRecord exact = counted_turn(0, {2, 2});
  exact.node = "a";
  exact.token_offsets_us = {100, 110, 180, 200};
  TurnRecord counted = counted_turn(1000, {1, 4});
  counted.node = "b";
  TurnRecord bare = counted_turn(2000, {0, 0});
  bare.node = "c";
  const Summary all = summary_of(ten_seconds(), {exact, counted, bare});
  EXPECT_EQ(all.whole.itl, ItlLetter::kNothing);
  EXPECT_FALSE(all.whole.itl_bounds);
  ASSERT_EQ(all.nodes.size(), 3U);
  EXPECT_EQ(all.nodes[0].itl, ItlLetter::kExact);
  EXPECT_EQ(all.nodes[0].of(Metric::kItl).values.count(), 3U);
  EXPECT_EQ(all.nodes[0].of(Metric::kItl).values.max(), 70);
  EXPECT_EQ(all.nodes[1].itl, ItlLetter::kCountOnly);
  ASSERT_TRUE(all.nodes[1].itl_bounds);
  EXPECT_DOUBLE_EQ(all.nodes[1].itl_bounds->mean_us, 25'000);
  EXPECT_TRUE(all.nodes[1].of(Metric::kItl).values.empty());
}

TEST(Recorder, TakesNoOffsetsThatCannotBe) {
  TurnRecord disordered = counted_turn(0, {1, 1});
  disordered.token_offsets_us = {200, 100};
  EXPECT_EQ(summary_of(ten_seconds(), {disordered}).whole.itl, ItlLetter::kCountOnly);
  TurnRecord too_few = counted_turn(0, {1, 2});
  too_few.token_offsets_us = {100, 200};
  EXPECT_EQ(summary_of(ten_seconds(), {too_few}).whole.itl, ItlLetter::kCountOnly);
}

TEST(Recorder, KnowsTextThatWasHeldBackFromTextThatNobodyCounts) {
  const Slice held_back = summary_of(ten_seconds(), {counted_turn(0, {1, 4, 0})}).whole;
  EXPECT_EQ(held_back.itl, ItlLetter::kCountOnly);
  ASSERT_TRUE(held_back.itl_bounds);
  EXPECT_DOUBLE_EQ(held_back.itl_bounds->mean_us, 25'000);
  EXPECT_EQ(held_back.of(Metric::kFrameGap).values.count(), 2U);
  for (const auto& tokens : std::vector<std::vector<std::uint32_t>>{{0, 1}, {1, 0, 1}, {0}, {0, 0}})
    EXPECT_EQ(summary_of(ten_seconds(), {counted_turn(0, tokens)}).whole.itl, ItlLetter::kNothing);
}

TEST(Recorder, TakesInstantsOfTokensWithoutTextAndOfALastBeginning) {
  TurnRecord ended_by_a_token_without_text = counted_turn(0, {1, 1});
  ended_by_a_token_without_text.token_offsets_us = {100, 200, 300};
  TurnRecord begun_anew = counted_turn(1000, {1, 1, 1});
  begun_anew.restarts = 1;
  begun_anew.token_offsets_us = {100, 200};
  const Slice whole = summary_of(ten_seconds(), {ended_by_a_token_without_text, begun_anew}).whole;
  EXPECT_EQ(whole.itl, ItlLetter::kExact);
  EXPECT_EQ(whole.of(Metric::kItl).values.count(), 3U);
}

TEST(Recorder, EndsAFailedTurnOfWhichNobodySaysTheEnd) {
  TurnRecord failed = bad_turn(1000, TurnEnd::kFailed, "connection lost");
  failed.end = kNever;
  EXPECT_EQ(summary_of(ten_seconds(), {failed}).whole.mean_in_flight, 0);
}

TEST(Recorder, CountsTokensAfterTheFirstFrameForTpot) {
  const Summary summary = summary_of(ten_seconds(), {counted_turn(0, {6, 2, 2})});
  EXPECT_EQ(p50(summary.whole, Metric::kTpot), bucket(50'000));
  EXPECT_TRUE(summary_of(ten_seconds(), {counted_turn(0, {6})}).whole.of(Metric::kTpot).values.empty());
}

TEST(Recorder, NeverAddsTokensOfTwoWaysOfCounting) {
  TurnRecord usage = counted_turn(0, {2, 2});
  usage.counted_by = TokenCount::kUsage;
  usage.output_tokens = 6;  // the engine counts the one that ends the answer, and one without text
  const TurnRecord node = counted_turn(1000, {2, 2});
  TurnRecord estimated = counted_turn(2000, {0, 0});
  estimated.counted_by = TokenCount::kEstimated;
  estimated.output_tokens = 9;
  struct {
    std::vector<TurnRecord> turns;
    TokenCount counted_by;
    bool mixed;
    std::uint64_t tokens;
  } const rows[] = {{{usage}, TokenCount::kUsage, false, 6},
                    {{usage, node}, TokenCount::kNode, false, 8},
                    {{estimated}, TokenCount::kEstimated, false, 9},
                    {{usage, estimated}, TokenCount::kNone, true, 0},
                    {{bad_turn(0, TurnEnd::kRefused, "overloaded")}, TokenCount::kNone, false, 0}};
  for (const auto& row : rows) {
    const Slice whole = summary_of(ten_seconds(), row.turns).whole;
    EXPECT_EQ(whole.counted_by, row.counted_by);
    EXPECT_EQ(whole.counts_mixed, row.mixed);
    EXPECT_EQ(whole.output_tokens, row.tokens);
    EXPECT_DOUBLE_EQ(whole.output_rate, static_cast<double>(row.tokens) / 10);
  }
}

TEST(Recorder, CallsATurnSlowThatIsBeyondALevelOfTurns) {
  RecorderOptions options = ten_seconds();
  options.levels = {parse_level("ttft_p99<200ms"), parse_level("stage 2: e2e_p50<300ms"), parse_level("good_share>50%"),
                    parse_level("frame_gap_p99<1ms")};
  options.stages = {{.name = "1", .duration = 5 * kOneSecond}, {.name = "2", .duration = 5 * kOneSecond}};
  TurnRecord long_in_two = completed_turn(6000, {100, 400});
  long_in_two.stage = 1;
  TurnRecord mute = completed_turn(7000, {});
  const Summary summary =
      summary_of(options, {completed_turn(0, {100, 400}), completed_turn(1000, {300}), long_in_two, mute});
  EXPECT_EQ(summary.whole.tally.good, 1U);
  EXPECT_EQ(summary.whole.tally.slow, 3U);
  EXPECT_DOUBLE_EQ(summary.whole.good_share(), 0.25);
  EXPECT_DOUBLE_EQ(summary.whole.goodput, 0.1);
  EXPECT_EQ(summary.levels.size(), 4U);
}

TEST(Recorder, CountsAnswersThatWereOnlyReasoning) {
  TurnRecord reasoning = completed_turn(0, {100, 200});
  reasoning.answer = kNever;
  const Slice whole = summary_of(ten_seconds(), {reasoning, completed_turn(1000, {100})}).whole;
  EXPECT_EQ(whole.no_answer, 1U);
  EXPECT_EQ(whole.of(Metric::kTtfa).of, 2U);
  EXPECT_EQ(whole.of(Metric::kTtfa).values.count(), 1U);
}

TEST(Recorder, FindsTheWarmUpOfARunThatSettles) {
  RecorderOptions options = ten_seconds();
  options.stages.front().duration = 60 * kOneSecond;
  options.warm_up.reset();
  std::vector<TurnRecord> turns;
  for (Micros at = 0; at < 60'000; at += 50)
    turns.push_back(completed_turn(at, {at < 7'500 ? 2'000 - at / 10 : 200 + at % 7, 2'500}));
  const Summary summary = summary_of(options, turns, 70 * kOneSecond);
  EXPECT_TRUE(summary.warm_up.found);
  EXPECT_TRUE(summary.warm_up.steady);
  EXPECT_EQ(summary.warm_up.cut, 8 * kOneSecond);
  EXPECT_EQ(summary.whole.from, summary.warm_up.cut);
  EXPECT_LT(summary.whole.of(Metric::kTtft).values.max(), 210'000);
}

TEST(Recorder, SaysWhenARunNeverSettles) {
  RecorderOptions options = ten_seconds();
  options.stages.front().duration = 60 * kOneSecond;
  options.warm_up.reset();
  std::vector<TurnRecord> turns;
  for (Micros at = 0; at < 60'000; at += 50) turns.push_back(completed_turn(at, {100 + at / 4, 200 + at / 4}));
  const WarmUp warm_up = summary_of(options, turns, 90 * kOneSecond).warm_up;
  EXPECT_FALSE(warm_up.steady);
  EXPECT_EQ(warm_up.cut, 30 * kOneSecond);
}

TurnRecord turn_at(Micros intended_ms, std::uint64_t conversation, int turn, std::string node) {
  TurnRecord record = completed_turn(intended_ms, {100});
  record.conversation = conversation;
  record.turn = turn;
  record.node = std::move(node);
  return record;
}

TEST(Recorder, CountsStickinessOnlyWhereTheNodeBeforeIsAlive) {
  // Chat 1 stays at a; chat 2 leaves a, which answers later; chat 3 leaves b, which never answers again.
  const Summary summary =
      summary_of(ten_seconds(), {turn_at(0, 1, 0, "a"), turn_at(0, 2, 0, "a"), turn_at(0, 3, 0, "b"),
                                 turn_at(2000, 2, 1, "b"), turn_at(5000, 3, 1, "a"), turn_at(6000, 1, 1, "a")});
  EXPECT_EQ(summary.balance.followed, 2U);
  EXPECT_DOUBLE_EQ(summary.balance.stickiness.value_or(0), 0.5);
  EXPECT_DOUBLE_EQ(summary.balance.skew.value_or(0), 2.0 * 4 / 6);
}

TEST(Recorder, FindsWhatStayingSavesAtEqualLengthOfThePrompt) {
  // TTFT is 20 ms, and 80 ms for each 1000 tokens that are not cached; a node that is new has none of them cached.
  std::vector<TurnRecord> turns;
  for (std::uint64_t chat = 0; chat < 40; ++chat) {
    turns.push_back(turn_at(0, chat, 0, "a"));
    const bool moves = chat % 4 == 0;
    TurnRecord second = turn_at(1000, chat, 1, moves ? "b" : "a");
    second.prompt_tokens = 500 + static_cast<std::int64_t>(chat) * 10;
    second.cached_prompt_tokens = moves ? 0 : *second.prompt_tokens - 100;
    second.first = second.send + 20'000 + (*second.prompt_tokens - *second.cached_prompt_tokens) * 80;
    turns.push_back(second);
  }
  turns.push_back(turn_at(5000, 99, 0, "a"));
  const auto kv = summary_of(ten_seconds(), turns).balance.kv;
  ASSERT_TRUE(kv);
  EXPECT_EQ(kv->turns, 40U);
  EXPECT_NEAR(kv->us_per_uncached_ktoken.value_or(0), 80'000, 1);
  EXPECT_NEAR(kv->moved_minus_kept_us, 80 * (680 - 100), 500);  // a moved prompt has 680 tokens in the mean
  EXPECT_GT(kv->standard_error_us, 0);
}

TEST(Recorder, SaysNoKvEffectWhereNoneCanBeTold) {
  std::vector<TurnRecord> turns;
  for (std::uint64_t chat = 0; chat < 10; ++chat) {
    turns.push_back(turn_at(0, chat, 0, "a"));
    turns.push_back(turn_at(1000, chat, 1, "a"));
    turns.back().prompt_tokens = 100 + static_cast<std::int64_t>(chat);
  }
  EXPECT_FALSE(summary_of(ten_seconds(), turns).balance.kv);
}

TEST(Recorder, SumsWhatTurnsMovedAndBroke) {
  TurnRecord turn = completed_turn(0, {100});
  turn.bytes_sent = 10;
  turn.bytes_received = 20;
  turn.billed_messages = 3;
  turn.gaps = 1;
  turn.repeats = 2;
  turn.disorders = 3;
  turn.restarts = 4;
  turn.reasoning_tokens = 5;
  turn.wasted_tokens = 6;
  turn.prompt_tokens = 200;
  turn.cached_prompt_tokens = 50;
  const Slice whole = summary_of(ten_seconds(), {turn, turn}).whole;
  EXPECT_EQ(std::vector({whole.bytes_sent, whole.bytes_received, whole.billed_messages, whole.gaps, whole.repeats,
                         whole.disorders, whole.restarts, whole.reasoning_tokens, whole.wasted_tokens}),
            (std::vector<std::uint64_t>{20, 40, 6, 2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(whole.prompt_tokens, 400U);
  EXPECT_DOUBLE_EQ(whole.cached_share.value_or(0), 0.25);
}

TEST(Recorder, CountsConnectionsByPhaseAndEnd) {
  Recorder recorder(ten_seconds());
  ConnectionRecord open;
  open.begin = 0;
  open.resolved = 1000;
  open.connected = 3000;
  open.secured = 6000;
  open.opened = 10'000;
  open.close_code = 1006;
  open.sign_in_us = 70'000;
  recorder.on_connection(open);
  ConnectionRecord refused;
  refused.begin = 0;
  refused.connected = 2000;
  refused.status = 403;
  recorder.on_connection(refused);
  const Summary summary = recorder.summary(kOneSecond);
  EXPECT_EQ(summary.connections_opened, 1U);
  EXPECT_EQ(summary.connections_failed, 1U);
  EXPECT_EQ(summary.close_codes, (std::map<int, std::uint64_t>{{1006, 1}}));
  struct {
    Metric metric;
    std::uint64_t of;
    double sum;
  } const rows[] = {{Metric::kDns, 1, 1000},
                    {Metric::kTcp, 2, 4000},
                    {Metric::kTls, 1, 3000},
                    {Metric::kUpgrade, 2, 4000},
                    {Metric::kSignIn, 1, 70'000}};
  for (const auto& row : rows) {
    EXPECT_EQ(summary.whole.of(row.metric).of, row.of) << facts_of(row.metric).name;
    EXPECT_EQ(summary.whole.of(row.metric).values.sum(), row.sum) << facts_of(row.metric).name;
  }
}

TEST(Recorder, TellsTheLastSecondsWhileTheRunGoesOn) {
  Recorder recorder(ten_seconds());
  recorder.on_turn(completed_turn(0, {100, 200}));
  recorder.on_turn(bad_turn(1000, TurnEnd::kRefused, "overloaded"));
  recorder.on_turn(completed_turn(3000, {300, 900}));
  const Live live = recorder.live(4'200'000);
  EXPECT_EQ(live.so_far.attempts, 3U);
  EXPECT_EQ(live.last.at, 3);
  EXPECT_EQ(live.last.ended, 1U);
  EXPECT_EQ(live.last.tokens, 2U);
  ASSERT_TRUE(live.ttft_p99);
  EXPECT_EQ(live.ttft_p99->value, bucket(300'000));
  EXPECT_EQ(recorder.recent(14 * kOneSecond, {}).whole.tally.attempts, 0U);
  EXPECT_EQ(recorder.recent(11 * kOneSecond, {}).whole.tally.attempts, 2U);
}

TEST(Recorder, CountsAmongTheLastSecondsWhatHangsForLongerThanItMay) {
  RecorderOptions options = ten_seconds();
  options.levels = {parse_level("e2e_p95<8s")};
  options.abort_rules = {parse_abort_rule("ttft_p50>4s")};
  const Recorder recorder(options);
  const auto hanging = [](Micros age, Micros ttft = kNever) {
    const Micros intended = 11 * kOneSecond - age;
    return OpenTurn{.intended = intended, .first = ttft == kNever ? kNever : intended + ttft};
  };
  const Slice recent =
      recorder
          .recent(11 * kOneSecond, {hanging(10 * kOneSecond), hanging(9 * kOneSecond, kTestMs), hanging(5 * kOneSecond),
                                    hanging(5 * kOneSecond, kTestMs), hanging(3 * kOneSecond)})
          .whole;
  EXPECT_EQ(recent.tally.attempts, 3U) << "two of them have time yet";
  EXPECT_EQ(recent.tally.slow, 2U) << "they are beyond the level, whatever becomes of them";
  EXPECT_EQ(recent.tally.unfinished, 1U) << "it is beyond the rule";
  EXPECT_EQ(recent.of(Metric::kTtft).values.count(), 1U);
  EXPECT_EQ(recent.of(Metric::kTtft).censored.count(), 2U);
  EXPECT_EQ(recent.of(Metric::kE2e).censored.count(), 3U);
  EXPECT_EQ(recent.of(Metric::kAck).of, 0U) << "nobody knows";
}

TEST(Recorder, LetsARuleSeeThatNothingIsAnsweredAnyMore) {
  RecorderOptions options = ten_seconds();
  const std::vector<Level> rules = {parse_abort_rule("ttft_p50>4s")};
  options.abort_rules = rules;
  const Recorder recorder(options);
  const std::vector<OpenTurn> open(30, {.intended = kOneSecond});
  EXPECT_EQ(AbortRules(rules).broken(recorder.recent(11 * kOneSecond, {})), std::nullopt);
  const std::string why = AbortRules(rules).broken(recorder.recent(11 * kOneSecond, open)).value_or("none");
  EXPECT_TRUE(why.starts_with("ttft_p50>4s (all, in the last ten seconds: ")) << why;
}

TEST(Recorder, BoundsTheNamesThatAPeerMakesUp) {
  Recorder recorder(ten_seconds());
  for (int i = 0; i < 5000; ++i) {
    TurnRecord turn = bad_turn(i, TurnEnd::kFailed, "reason " + std::to_string(i));
    turn.node = "node " + std::to_string(i);
    recorder.on_turn(turn);
  }
  const Summary summary = recorder.summary(20 * kOneSecond);
  EXPECT_EQ(summary.nodes.size(), 101U);
  EXPECT_EQ(summary.nodes.back().name, "other nodes");
  EXPECT_EQ(summary.nodes.back().tally.attempts, 4900U);
  EXPECT_EQ(summary.whole.tally.reasons.at("other reasons"), 4800U);
}

TEST(Recorder, LosesNothingWhenManyTellAndSomebodyLooks) {
  constexpr std::uint64_t kEach = 2000;
  Recorder recorder(ten_seconds());
  std::vector<std::jthread> tellers;
  for (int teller = 0; teller < 4; ++teller)
    tellers.emplace_back([&] {
      for (Micros i = 0; i < Micros{kEach}; ++i) recorder.on_turn(completed_turn(i, {1, 2}));
    });
  while (recorder.live(10 * kOneSecond).so_far.attempts < 4 * kEach) std::this_thread::yield();
  tellers.clear();
  EXPECT_EQ(recorder.summary(20 * kOneSecond).whole.tally.good, 4 * kEach);
}

TEST(Recorder, HandsEachRecordOnBeforeItsPiecesAreFolded) {
  std::vector<std::size_t> pieces;
  RecorderOptions options = ten_seconds();
  options.on_record = [&](const TurnRecord& record) { pieces.push_back(record.pieces.size()); };
  summary_of(options, {completed_turn(0, {1, 2, 3}), completed_turn(0, {})});
  EXPECT_EQ(pieces, (std::vector<std::size_t>{3, 0}));
}

}  // namespace
}  // namespace wsdeep::load

#include "load/closed_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace wsdeep::load {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;
using ::testing::SizeIs;

constexpr Micros kLoopMs = 1000;

/// Keeps what it is told.
struct KeptTurns final : RecordSink {
  void on_turn(TurnRecord record) override { turns.push_back(std::move(record)); }
  void on_connection(const ConnectionRecord&) override { ++connections; }
  std::vector<TurnRecord> turns;
  int connections = 0;
};

/// A target that answers each turn at once, on paper `takes` later.
struct PaperTarget {
  explicit PaperTarget(const LoadShape& shape, const WorkerShare& share = {}) : users(shape, clock, kept, share) {}

  void run() {
    Pacer pacer(
        clock, [&](const Arrival& arrival) { answer(arrival); }, stop.get_token());
    users.run(pacer, begin);
  }

  void answer(const Arrival& arrival) {
    TurnRecord record;
    record.index = arrival.index;
    record.stage = arrival.stage;
    record.intended = arrival.intended;
    record.send = clock.now();
    record.how = how;
    record.end = record.send + takes;
    users.on_turn(record);
  }

  RunClock clock;
  KeptTurns kept;
  Micros begin = clock.now();
  Micros takes = 0;
  TurnEnd how = TurnEnd::kCompleted;
  std::stop_source stop;
  ClosedLoop users;
};

LoadShape shape_of(int users, std::optional<std::uint64_t> requests, Micros duration, Micros think = 0) {
  LoadShape shape;
  shape.concurrency = users;
  shape.requests = requests;
  shape.duration = duration;
  shape.think = think;
  return shape;
}

std::vector<Micros> intended_of(const std::vector<TurnRecord>& turns) {
  std::vector<Micros> instants;
  for (const TurnRecord& turn : turns) instants.push_back(turn.intended);
  return instants;
}

TEST(ClosedLoop, AsksAgainWhenTheAnswerHasCome) {
  PaperTarget target(shape_of(1, 4, 0));
  target.takes = 5 * kLoopMs;
  target.run();
  ASSERT_THAT(target.kept.turns, SizeIs(4));
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(target.kept.turns[i].index, i);
    EXPECT_EQ(target.kept.turns[i].intended, target.kept.turns[i - 1].end);
  }
}

TEST(ClosedLoop, BeginsWithAllUsersAtOnceWhenTheyDoNotThink) {
  PaperTarget target(shape_of(7, 7, 0));
  target.takes = 3600 * 1000 * kLoopMs;
  target.run();
  EXPECT_THAT(intended_of(target.kept.turns), ::testing::AllOf(SizeIs(7), Each(target.begin)));
}

TEST(ClosedLoop, HasTheUsersAndAttemptsOfItsShare) {
  PaperTarget target(shape_of(7, 20, 0), {2, 3});
  target.run();
  ASSERT_THAT(target.kept.turns, SizeIs(6));
  EXPECT_EQ(target.kept.turns.front().index, 2U);
  EXPECT_EQ(target.kept.turns.back().index, 17U);
  PaperTarget users(shape_of(7, 2, 0), {0, 3});
  users.takes = 3600 * 1000 * kLoopMs;
  users.run();
  EXPECT_THAT(users.kept.turns, SizeIs(1));
}

TEST(ClosedLoop, EndsWithItsDuration) {
  PaperTarget target(shape_of(3, std::nullopt, 60 * kLoopMs));
  target.takes = 10 * kLoopMs;
  target.run();
  EXPECT_THAT(target.kept.turns.size(), ::testing::AllOf(Ge(6U), Le(18U)));
  EXPECT_THAT(intended_of(target.kept.turns), Each(Le(target.begin + 60 * kLoopMs)));
}

TEST(ClosedLoop, TellsEachTurnTheBlockInWhichItIsDue) {
  LoadShape shape = shape_of(1, std::nullopt, 1020 * kLoopMs);
  shape.stages = {{"1", 20 * kLoopMs}, {"2", 1000 * kLoopMs}};
  PaperTarget target(shape);
  target.takes = 5 * kLoopMs;
  target.run();
  for (const TurnRecord& turn : target.kept.turns)
    EXPECT_EQ(turn.stage, turn.intended - target.begin < 20 * kLoopMs ? 0 : 1);
  EXPECT_EQ(target.kept.turns.back().stage, 1);
}

TEST(ClosedLoop, WaitsUntilItsEndWhenNobodyAsksAnyMore) {
  PaperTarget target(shape_of(2, std::nullopt, 30 * kLoopMs));
  target.takes = 3600 * 1000 * kLoopMs;
  target.run();
  EXPECT_THAT(target.kept.turns, SizeIs(2));
  EXPECT_THAT(target.clock.now(), Ge(target.begin + 30 * kLoopMs));
}

TEST(ClosedLoop, PausesBetweenAnswerAndQuestionAsLongAsWasAskedForInTheMean) {
  PaperTarget target(shape_of(1, 400, 0, kLoopMs / 5));
  target.run();
  ASSERT_THAT(target.kept.turns, SizeIs(400));
  double sum = static_cast<double>(target.kept.turns[0].intended - target.begin);
  for (std::size_t i = 1; i < 400; ++i)
    sum += static_cast<double>(target.kept.turns[i].intended - target.kept.turns[i - 1].end);
  EXPECT_NEAR(sum / 400, 200, 40) << "which the seed decides, and no clock";
}

TEST(ClosedLoop, DoesNotAskATargetThatRefusesAsFastAsItCanRefuse) {
  PaperTarget target(shape_of(1, std::nullopt, 350 * kLoopMs));
  target.how = TurnEnd::kRefused;
  target.run();
  EXPECT_THAT(target.kept.turns, SizeIs(4)) << "at 0, 100, 200 and 300 ms";
}

TEST(ClosedLoop, StopsAtOnce) {
  PaperTarget target(shape_of(2, std::nullopt, 3600 * 1000 * kLoopMs));
  target.takes = 3600 * 1000 * kLoopMs;
  target.stop.request_stop();
  target.run();
  EXPECT_THAT(target.kept.turns, SizeIs(0));
}

TEST(ClosedLoop, PassesConnectionsOn) {
  PaperTarget target(shape_of(1, 1, 0));
  target.users.on_connection({});
  EXPECT_EQ(target.kept.connections, 1);
}

}  // namespace
}  // namespace wsdeep::load

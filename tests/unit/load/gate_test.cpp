#include "load/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

namespace wsdeep::load {
namespace {

struct SeenThroughGate final : RecordSink {
  void on_turn(TurnRecord) override { ++turns; }
  void on_connection(const ConnectionRecord& record) override { sessions.push_back(record.session); }
  int turns = 0;
  std::vector<std::uint64_t> sessions;
};

TEST(Gate, KeepsConnectionsUntilSomebodyTakesThem) {
  const RunClock clock;
  Gate gate(clock);
  SeenThroughGate sink;
  gate.on_connection({.session = 1});
  gate.on_connection({.session = 2});
  gate.open(sink);
  EXPECT_THAT(sink.sessions, ::testing::ElementsAre(1, 2));
  gate.on_connection({.session = 3});
  gate.on_turn({});
  EXPECT_THAT(sink.sessions, ::testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(sink.turns, 1);
  EXPECT_EQ(gate.turns(), 1U);
}

/// Turns of `length` from now on, one after another, told as `told` says.
LittleCheck little_of(Micros length, const std::function<void(Gate&, TurnRecord)>& told) {
  const RunClock clock;
  Gate gate(clock);
  SeenThroughGate sink;
  gate.open(sink);
  for (int turn = 0; turn < 5; ++turn) {
    TurnRecord record;
    record.how = TurnEnd::kCompleted;
    record.intended = clock.now();
    gate.begun();
    while (clock.now() < record.intended + length) {
    }
    record.end = clock.now();
    told(gate, record);
  }
  return gate.little();
}

TEST(Gate, HoldsTimesAgainstWhatItCounts) {
  const LittleCheck little = little_of(5000, [](Gate& gate, const TurnRecord& record) { gate.on_turn(record); });
  EXPECT_NEAR(little.in_flight, 1, 0.05);
  EXPECT_TRUE(little.holds()) << little.residual;
}

TEST(Gate, MissesRecords) {
  int told = 0;
  const LittleCheck little = little_of(5000, [&](Gate& gate, const TurnRecord& record) {
    if (++told != 2) gate.on_turn(record);
  });
  EXPECT_FALSE(little.holds()) << little.residual;
}

TEST(Gate, TakesNoInstantForAnother) {
  const LittleCheck little = little_of(5000, [](Gate& gate, TurnRecord record) {
    record.end = record.intended + 4000;
    gate.on_turn(std::move(record));
  });
  EXPECT_FALSE(little.holds()) << little.residual;
}

}  // namespace
}  // namespace wsdeep::load

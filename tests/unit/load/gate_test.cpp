#include "load/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  Gate gate;
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

}  // namespace
}  // namespace wsdeep::load

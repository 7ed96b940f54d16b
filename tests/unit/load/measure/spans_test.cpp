#include "load/measure/spans.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "load/measure/recorder.h"
#include "load/measure/window.h"
#include "support/turn_samples.h"

namespace wsdeep::load {
namespace {

TurnRecord turn_at_node(Micros intended_ms, const std::string& node, Micros ttft_ms) {
  TurnRecord turn = completed_turn(intended_ms, {ttft_ms});
  turn.node = node;
  return turn;
}

std::vector<Span> spans_in(const std::vector<TurnRecord>& turns, Micros seconds, std::vector<Level> levels = {}) {
  Recorder recorder({.stages = {{.name = "1", .duration = seconds * kOneSecond, .rate_from = 1, .rate_to = 1}},
                     .warm_up = 0,
                     .levels = std::move(levels)});
  for (const TurnRecord& turn : turns) recorder.on_turn(turn);
  return *recorder.summary(seconds * kOneSecond).spans;
}

Micros as_counted(Micros ms) {
  return Histogram::highest_at(Histogram::index_of(ms * kTestMs));
}

TEST(Spans, SayWhatEachNodeHadWhenItWasIntended) {
  const std::vector<Span> spans =
      spans_in({turn_at_node(100, "n1", 50), turn_at_node(900, "n2", 950), turn_at_node(950, "n2", 200)}, 2);
  ASSERT_EQ(spans.size(), 2U);
  const auto alike = [](Micros ms) { return Quantile{as_counted(ms), false}; };
  EXPECT_EQ(spans[0], (Span{.from = 0,
                            .to = kOneSecond,
                            .nodes = {{"n1", 1, alike(50), alike(50)}, {"n2", 2, alike(200), alike(950)}}}));
  EXPECT_EQ(spans[1], (Span{.from = kOneSecond, .to = 2 * kOneSecond}));
}

TEST(Spans, CountWhatWasNotGoodByItsReason) {
  const std::vector<Span> spans =
      spans_in({bad_turn(0, TurnEnd::kRefused, "overloaded"), bad_turn(10, TurnEnd::kRefused, "overloaded"),
                bad_turn(20, TurnEnd::kCancelled, "cancelled"), bad_turn(30, TurnEnd::kUnfinished, ""),
                completed_turn(40, {300})},
               1, {parse_level("ttft_p99<100ms")});
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].slow, 1U);
  EXPECT_EQ(spans[0].reasons, (std::map<std::string, std::uint64_t>{{"overloaded", 2}, {"no reason told", 1}}));
}

TEST(Spans, AreFewHoweverLongTheRun) {
  for (const Micros seconds : {1, 39, 40, 41, 3600, 3601}) {
    const std::vector<Span> spans = spans_in({completed_turn(0, {5})}, seconds);
    EXPECT_LE(spans.size(), static_cast<std::size_t>(kMostSpans)) << seconds;
    EXPECT_EQ(spans.front().from, 0);
    EXPECT_EQ(spans.back().to, seconds * kOneSecond);
    for (std::size_t i = 1; i < spans.size(); ++i) EXPECT_EQ(spans[i].from, spans[i - 1].to);
  }
}

}  // namespace
}  // namespace wsdeep::load

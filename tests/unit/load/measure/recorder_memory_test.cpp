#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "load/measure/recorder.h"
#include "load/measure/window.h"
#include "support/turn_samples.h"

namespace wsdeep::load {
namespace {

std::size_t bytes_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Turns of a hundred pieces, 18 ms apart in the median.
std::vector<TurnRecord> hundred_pieces_each() {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> gap(std::log(18'000.0), 0.25);
  std::vector<TurnRecord> turns;
  for (int i = 0; i < 50; ++i) {
    TurnRecord turn = completed_turn(0, std::vector<Micros>(100, 200));
    Micros at = 200'000;
    for (Piece& piece : turn.pieces) piece.at = at += std::llround(gap(random));
    turn.first = turn.answer = turn.pieces.front().at;
    turn.last = turn.end = at;
    turns.push_back(turn);
  }
  return turns;
}

TurnRecord moved_by(TurnRecord turn, Micros by) {
  for (Micros* at : {&turn.intended, &turn.send, &turn.first, &turn.answer, &turn.last, &turn.end}) *at += by;
  for (Piece& piece : turn.pieces) piece.at += by;
  return turn;
}

// Of a run of 278 turns a second, 36 seconds: half of them in its first half, whose gaps are kept by the second, as the
// warm-up may end there. An hour, a million turns, takes a hundred times as much, and that is below 300 MB.
TEST(RecorderMemory, GrowsWithTurnsAndSecondsNotWithTokens) {
  constexpr Micros kTurns = 20'000;
  constexpr Micros kLength = 72 * kOneSecond;
  const auto samples = hundred_pieces_each();
  Recorder recorder({.stages = {{.name = "1", .duration = kLength, .rate_from = 278, .rate_to = 278}}});
  const auto tell = [&](Micros from, Micros to) {
    for (Micros i = from; i < to; ++i)
      recorder.on_turn(moved_by(samples[static_cast<std::size_t>(i) % samples.size()], i * kLength / kTurns));
  };
  const std::size_t at_first = bytes_in_use();
  tell(0, kTurns / 4);
  const std::size_t before = bytes_in_use();
  EXPECT_LT(before - at_first, 10'000'000U) << "with what is there once, whatever the run";
  tell(kTurns / 4, 3 * kTurns / 4);
  EXPECT_LT(bytes_in_use() - before, 3'000'000U);
  const Summary summary = recorder.summary(kLength);
  EXPECT_EQ(summary.whole.tally.attempts + summary.outside.attempts, 15'000U);
}

}  // namespace
}  // namespace wsdeep::load

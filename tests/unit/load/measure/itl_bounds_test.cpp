#include "load/measure/itl_bounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace wsdeep::load {
namespace {

/// The rank's value of times that add up to what frames say.
Micros true_quantile(std::vector<Micros> times, double share) {
  std::ranges::sort(times);
  return times[Histogram::rank_of(share, times.size()) - 1];
}

void expect_within(const ItlBounds& bounds, const std::vector<Micros>& times) {
  for (const auto& bound : bounds.bounds) {
    const Micros truth = true_quantile(times, bound.share);
    EXPECT_LE(bound.low, truth) << bound.share;
    EXPECT_GE(bound.high, truth) << bound.share;
  }
}

TEST(ItlBounds, AreNarrowWhereEachTokenHasItsFrame) {
  GapCounts frames;
  for (Micros gap = 10'000; gap < 20'000; gap += 1'000) frames.record(gap, 1);
  const auto bounds = bound_itl(frames);
  ASSERT_TRUE(bounds);
  EXPECT_DOUBLE_EQ(bounds->mean_us, 14'500);
  EXPECT_NEAR(static_cast<double>(bounds->bounds[0].low), 14'000, 14);
  EXPECT_NEAR(static_cast<double>(bounds->bounds[0].high), 14'000, 14);
}

// Two frames, 100 ms with 4 tokens each: the median of eight times can be 0 and 33 ms, their p99 25 ms and 100 ms.
TEST(ItlBounds, AreWhatHiddenTimesCanBe) {
  GapCounts frames;
  frames.record(100'000, 4);
  frames.record(100'000, 4);
  const auto bounds = bound_itl(frames);
  ASSERT_TRUE(bounds);
  EXPECT_DOUBLE_EQ(bounds->mean_us, 25'000);
  EXPECT_EQ(bounds->bounds[0].low, 0);
  EXPECT_NEAR(static_cast<double>(bounds->bounds[0].high), 100'000.0 / 3, 100);
  EXPECT_NEAR(static_cast<double>(bounds->bounds[2].low), 25'000, 25);
  EXPECT_NEAR(static_cast<double>(bounds->bounds[2].high), 100'000, 100);
}

TEST(ItlBounds, LeaveOutFramesWithoutTokens) {
  GapCounts frames;
  frames.record(500'000, 0);
  EXPECT_FALSE(bound_itl(frames));
  frames.record(100'000, 4);
  const auto bounds = bound_itl(frames);
  ASSERT_TRUE(bounds);
  EXPECT_DOUBLE_EQ(bounds->mean_us, 25'000);
  EXPECT_NEAR(static_cast<double>(bounds->bounds[2].high), 100'000, 100);
}

/// A stream of tokens, lognormal with a mean of 18.6 ms, in frames of what came in 100 ms; with 2 % stalls of 400 ms
/// when they are asked for. The figures of the manual.
struct CoalescedStream {
  std::vector<Micros> times;
  GapCounts frames;

  CoalescedStream(int tokens, bool stalls) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> draw(std::log(18'600.0) - 0.25 * 0.25 / 2, 0.25);
    Micros in_frame = 0;
    std::uint32_t held = 0;
    for (int i = 0; i < tokens; ++i) {
      times.push_back(std::llround(draw(random)) + (stalls && random() % 50 == 0 ? 400'000 : 0));
      in_frame += times.back();
      ++held;
      if (in_frame < 100'000) continue;
      frames.record(std::exchange(in_frame, 0), std::exchange(held, 0));
    }
    times.resize(times.size() - held);
  }
};

TEST(ItlBounds, HoldTheTruthOfACoalescedStream) {
  for (const bool stalls : {false, true}) {
    const CoalescedStream stream(50'000, stalls);
    const auto bounds = bound_itl(stream.frames);
    ASSERT_TRUE(bounds);
    expect_within(*bounds, stream.times);
    const double sum = std::accumulate(stream.times.begin(), stream.times.end(), 0.0);
    EXPECT_DOUBLE_EQ(bounds->mean_us, sum / static_cast<double>(stream.times.size()));
    if (stalls) {
      EXPECT_GT(bounds->bounds[2].high, 400'000);
    }
  }
}

// The frame's times in any split, the worst ones among them.
TEST(ItlBounds, HoldWhateverTheFramesHide) {
  std::mt19937_64 random(3);
  for (int run = 0; run < 300; ++run) {
    GapCounts frames;
    std::vector<Micros> times;
    for (std::size_t frame = random() % 12 + 1; frame > 0; --frame) {
      const auto tokens = static_cast<std::uint32_t>(random() % 6 + 1);
      const auto gap = static_cast<Micros>(random() % 2'000);
      frames.record(gap, tokens);
      std::vector<Micros> cuts = {0, gap};
      for (std::uint32_t i = 1; i < tokens; ++i)
        cuts.push_back(run % 3 == 0   ? gap
                       : run % 3 == 1 ? gap * i / tokens
                                      : static_cast<Micros>(random() % 2'000) % (gap + 1));
      std::ranges::sort(cuts);
      for (std::size_t i = 1; i < cuts.size(); ++i) times.push_back(cuts[i] - cuts[i - 1]);
    }
    const auto bounds = bound_itl(frames);
    ASSERT_TRUE(bounds);
    expect_within(*bounds, times);
  }
}

}  // namespace
}  // namespace wsdeep::load

#include "load/measure/paired.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace wsdeep::load {
namespace {

TEST(BatchMeans, SayWhyThereIsNoInterval) {
  EXPECT_EQ(batch_means({}).no_interval, "nothing was measured");
  const BatchMeans few = batch_means({3, 1, 2});
  EXPECT_EQ(few.mean.value, 2);
  EXPECT_EQ(few.median.value, 2);
  EXPECT_EQ(few.no_interval, "3 values, and an interval takes 100");
  std::vector<double> trend;
  for (int i = 0; i < 1'000; ++i) trend.push_back(i);
  EXPECT_EQ(batch_means(trend).mean.half_width, std::nullopt) << "its batches go on from each other";
}

/// A queue's slow noise, common to both planes and not wholly so: AR(1), which is correlated over some 20 pairs.
class SlowNoise {
 public:
  explicit SlowNoise(std::mt19937& random) : random_(random) {}
  double next() { return state_ = kStays * state_ + std::sqrt(1 - kStays * kStays) * normal_(random_); }

 private:
  static constexpr double kStays = 0.9;
  std::mt19937& random_;
  std::normal_distribution<double> normal_;
  double state_ = 0;
};

/// So many pairs: the edge costs 20 ms and an exponential 10 ms more, the load moves both planes by the same, and each
/// by something of its own.
std::vector<Pair> pairs_of_known_edge(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::exponential_distribution<double> edge(1 / 10'000.0);
  SlowNoise common(random);
  SlowNoise own(random);
  std::vector<Pair> pairs;
  for (int i = 0; i < count; ++i) {
    const double base = 300'000 + 50'000 * common.next();
    Pair pair;
    pair.chat.intended = pair.llm.intended = i * 100'000LL;
    pair.llm.first = pair.llm.intended + std::llround(base);
    pair.chat.first = pair.chat.intended + std::llround(base + 20'000 + edge(random) + 5'000 * own.next());
    pairs.push_back(pair);
  }
  return pairs;
}

TEST(PairedFigures, CoverTheTrueEdgeCostInNineOfTenRuns) {
  const double true_mean = 30'000;
  const double true_median = 20'000 + 10'000 * std::log(2.0);
  int mean_covered = 0;
  int median_near = 0;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    const BatchMeans found = paired_figures(pairs_of_known_edge(seed, 2'000), ClockOffsets(), 0).difference;
    if (!found.mean.half_width) continue;
    mean_covered += std::abs(found.mean.value - true_mean) <= *found.mean.half_width ? 1 : 0;
    median_near += std::abs(found.median.value - true_median) <= 5'000 ? 1 : 0;
    EXPECT_LT(found.n_eff, 1'500) << "neighbours are not independent";
  }
  EXPECT_GE(mean_covered, 90);
  EXPECT_EQ(median_near, 100);
}

TEST(PairedFigures, CountWhatCameOnOnePlaneOnly) {
  std::vector<Pair> pairs(4);
  pairs[0].chat.first = 100;
  pairs[0].llm.first = 40;
  pairs[1].chat.first = 100;
  pairs[1].llm.fault = "overloaded";
  pairs[2].llm.first = 50;
  pairs[2].chat.fault = "unfinished";
  pairs[2].chat.age = 5'000;
  pairs[3].chat.fault = pairs[3].llm.fault = "close 1006";
  const PairedFigures figures = paired_figures(pairs, ClockOffsets(), 0);
  EXPECT_EQ(figures.pairs, 4u);
  EXPECT_EQ(figures.both, 1u);
  EXPECT_EQ(figures.only_chat, 1u);
  EXPECT_EQ(figures.only_llm, 1u);
  EXPECT_EQ(figures.difference.mean.value, 60);
  EXPECT_EQ(figures.chat_faults, (std::map<std::string, std::uint64_t>{{"close 1006", 1}, {"unfinished", 1}}));
  EXPECT_EQ(figures.chat_ttft.counted(), 3u) << "one with its age, as a lower bound";
  EXPECT_EQ(figures.with_parts, 0u);
}

/// A pair whose every part is known, on a node whose clock is 1 h before ours.
constexpr Micros kShift = 3'600'000'000;
Pair pair_with_parts() {
  Pair pair;
  pair.chat = {.intended = 1'000, .send = 1'100, .ack = 31'100, .first = 251'100, .node = "n1"};
  pair.chat.arrived_at = 71'100 + kShift;
  pair.chat.first_token = 150'000;
  pair.llm = {.intended = 1'000, .send = 1'050, .first = 154'050, .node = "n1"};
  pair.llm.arrived_at = 3'050 + kShift;
  pair.llm.first_token = 149'000;
  return pair;
}

ClockSample sample_with_round_trip(Micros round_trip) {
  return {.sent = 0,
          .node_received = kShift + round_trip / 2,
          .node_sent = kShift + round_trip / 2,
          .received = round_trip};
}

TEST(PairedFigures, SplitTheWayIntoPartsThatAddUp) {
  ClockOffsets clocks;
  clocks.add("n1", sample_with_round_trip(100));
  const std::vector<Pair> pairs(120, pair_with_parts());
  const PairedFigures figures = paired_figures(pairs, clocks, 0);
  EXPECT_EQ(figures.with_parts, 120u);
  EXPECT_EQ(figures.chat_not_split, "");
  EXPECT_EQ(figures.llm_not_split, "");
  double chat = 0, llm = 0, difference = 0;
  for (const PartFigures& part : figures.parts) {
    chat += part.chat_us;
    llm += part.llm_us;
    difference += part.difference.value;
  }
  EXPECT_EQ(chat, 250'100);
  EXPECT_EQ(llm, 153'050);
  EXPECT_EQ(difference, figures.difference.mean.value);
  EXPECT_EQ(figures.of(PairPart::kAck).chat_us, 30'000);
  EXPECT_EQ(figures.of(PairPart::kHandOver).chat_us, 40'000);
  EXPECT_EQ(figures.of(PairPart::kNode).difference.value, 1'000);
  EXPECT_EQ(figures.of(PairPart::kPostBack).chat_us, 30'000);
  EXPECT_EQ(figures.of(PairPart::kHandOver).clock_error_us, 50);
}

TEST(PairedFigures, SplitThePlaneForWhichTheClocksAreGoodEnough) {
  ClockOffsets clocks;
  clocks.add("n1", sample_with_round_trip(1'000));
  const PairedFigures figures = paired_figures({pair_with_parts()}, clocks, 0);
  EXPECT_EQ(figures.chat_not_split, "");
  EXPECT_EQ(figures.llm_not_split,
            "the clocks are known to ± 500us only, more than a tenth of a hand-over of 2000us: hand-over and "
            "post-back are told together");
}

TEST(PairedFigures, RefuseASplitThatTheClocksDoNotAllow) {
  ClockOffsets clocks;
  clocks.add("n1", sample_with_round_trip(10'000));
  const PairedFigures figures = paired_figures({pair_with_parts()}, clocks, 0);
  EXPECT_EQ(figures.chat_not_split,
            "the clocks are known to ± 5000us only, more than a tenth of a hand-over of 40000us: hand-over and "
            "post-back are told together");
  EXPECT_EQ(figures.of(PairPart::kNode).chat_us, 150'000) << "what needs one clock only is told all the same";
}

}  // namespace
}  // namespace wsdeep::load

#include "load/measure/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace wsdeep::load {
namespace {

std::vector<std::int64_t> drawn_values(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> size(11, 2);
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<std::int64_t>(size(random)));
  return values;
}

Histogram histogram_of(const std::vector<std::int64_t>& values) {
  Histogram made;
  for (const std::int64_t value : values) made.record(value);
  return made;
}

TEST(Histogram, HasTheBucketsOfHdrHistogram) {
  struct Row {
    std::int64_t value;
    std::size_t index;
    std::int64_t lowest, highest;
  };
  // Lowest and highest: lowestEquivalentValue and highestEquivalentValue of org.HdrHistogram.Histogram(3).
  for (const Row& row : {Row{0, 0, 0, 0}, Row{1, 1, 1, 1}, Row{2047, 2047, 2047, 2047}, Row{2048, 2048, 2048, 2049},
                         Row{2049, 2048, 2048, 2049}, Row{3001, 2524, 3000, 3001}, Row{4095, 3071, 4094, 4095},
                         Row{4096, 3072, 4096, 4099}, Row{1'000'000, 11169, 999'936, 1'000'447},
                         Row{Histogram::kMaxValue, 27911, 86'369'107'968, 86'436'216'831}}) {
    const std::size_t index = Histogram::index_of(row.value);
    EXPECT_EQ(index, row.index) << row.value;
    EXPECT_EQ(Histogram::lowest_at(index), row.lowest) << row.value;
    EXPECT_EQ(Histogram::highest_at(index), row.highest) << row.value;
  }
  EXPECT_EQ(Histogram::index_of(Histogram::kMaxValue) + 1, Histogram::kMaxCounts);
}

TEST(Histogram, LeavesNoValueBetweenTwoBuckets) {
  for (std::size_t index = 1; index < Histogram::kMaxCounts; ++index) {
    ASSERT_EQ(Histogram::lowest_at(index), Histogram::highest_at(index - 1) + 1) << index;
    ASSERT_EQ(Histogram::index_of(Histogram::lowest_at(index)), index);
    ASSERT_EQ(Histogram::index_of(Histogram::highest_at(index)), index);
  }
}

TEST(Histogram, IsNoFartherThanAThousandthFromTheSortedValues) {
  std::vector<std::int64_t> values = drawn_values(10'000, 1);
  const Histogram histogram = histogram_of(values);
  std::ranges::sort(values);
  for (const std::size_t rank : {1, 100, 5000, 9000, 9900, 9990, 10'000}) {
    const std::int64_t exact = values[rank - 1];
    EXPECT_GE(histogram.at_rank(rank), exact) << rank;
    EXPECT_LE(static_cast<double>(histogram.at_rank(rank)), static_cast<double>(exact) * 1.001) << rank;
    EXPECT_EQ(histogram.quantile(static_cast<double>(rank) / 10'000), histogram.at_rank(rank)) << rank;
  }
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count_up_to(values.back()), 10'000);
  EXPECT_EQ(histogram.count_up_to(-1), 0);
}

TEST(Histogram, TakesTheRankThatTheShareMeansWhateverItsLastBit) {
  for (std::uint64_t percent = 1; percent <= 100; ++percent)
    for (const std::uint64_t hundreds : {1, 7, 10'000, 10'000'000})
      EXPECT_EQ(Histogram::rank_of(static_cast<double>(percent) / 100, hundreds * 100), percent * hundreds);
  EXPECT_EQ(Histogram::rank_of(0, 10), 1);
  EXPECT_EQ(Histogram::rank_of(0.5, 3), 2);
  EXPECT_EQ(Histogram::rank_of(0.999, 10), 10);
  EXPECT_EQ(Histogram::rank_of(2, 10), 10);
}

TEST(Histogram, OfShardsIsTheHistogramOfTheWhole) {
  const std::vector<std::int64_t> values = drawn_values(3000, 2);
  std::array<Histogram, 7> shards;
  for (std::size_t i = 0; i < values.size(); ++i) shards[i % shards.size()].record(values[i]);
  Histogram merged;
  for (const Histogram& shard : shards) merged.add(shard);
  merged.add(Histogram{});
  EXPECT_EQ(merged, histogram_of(values));
}

TEST(Histogram, OfNothingAnswersNothing) {
  const Histogram empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.quantile(0.99), 0);
  EXPECT_EQ(empty.min() + empty.max() + empty.at_rank(1), 0);
  EXPECT_EQ(empty.mean(), 0);
  EXPECT_EQ(empty.count_up_to(1000), 0);
  EXPECT_EQ(Histogram::of_counts({0, 0, 0}), empty);
}

TEST(Histogram, CountsWhatIsOutOfRangeAtTheEnds) {
  Histogram histogram;
  histogram.record(-5, 2);
  histogram.record(Histogram::kMaxValue + 1);
  histogram.record(7, 0);
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), Histogram::kMaxValue);
  EXPECT_EQ(histogram.counts().size(), Histogram::kMaxCounts);
  EXPECT_EQ(histogram.sum(), static_cast<double>(Histogram::kMaxValue));
}

TEST(Histogram, OfCountsKnowsItsValuesAsTheirBucketsDo) {
  std::vector<std::uint64_t> counts(2049);
  counts[3] = 2;
  counts[2048] = 1;  // 2048 or 2049
  counts.resize(5000);
  const Histogram histogram = Histogram::of_counts(counts);
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.counts().size(), 2049);
  EXPECT_EQ(histogram.min(), 3);
  EXPECT_EQ(histogram.max(), 2049);
  EXPECT_EQ(histogram.sum(), 3 + 3 + 2049);
}

}  // namespace
}  // namespace wsdeep::load

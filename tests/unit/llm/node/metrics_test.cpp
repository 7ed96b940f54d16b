#include "llm/node/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

SteadyTime at(std::chrono::microseconds since) {
  return SteadyTime{} + since;
}

TEST(Histogram, PutsAValueOnABoundBelowIt) {
  static constexpr std::array<std::int64_t, 2> kBounds{10, 20};
  Histogram histogram(kBounds);
  for (const std::int64_t us : {0, 10, 11, 20, 21, 1000}) histogram.observe(us);
  const Histogram::Reading reading = histogram.read();
  EXPECT_THAT(reading.counts, ElementsAre(2, 2, 2));
  EXPECT_EQ(reading.sum_us, 1062);
}

TEST(Histogram, LosesNothingOfManyThreads) {
  static constexpr std::array<std::int64_t, 1> kBounds{5};
  Histogram histogram(kBounds);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (std::int64_t us = 0; us < 10'000; ++us) histogram.observe(us % 10);
      });
  }
  EXPECT_THAT(histogram.read().counts, ElementsAre(24'000, 16'000));
  EXPECT_EQ(histogram.read().sum_us, 180'000);
}

TEST(RecentTimes, KnowsNothingBeforeTheFirst) {
  EXPECT_EQ(RecentTimes().quantile(0.5, at(0us)), std::nullopt);
}

TEST(RecentTimes, TakesTheNearestRank) {
  RecentTimes times;
  for (const std::int64_t us : {30, 10, 20, 40}) times.add(us, at(1s));
  EXPECT_EQ(times.quantile(0.5, at(2s)), 20);
  EXPECT_EQ(times.quantile(0.99, at(2s)), 40);
  EXPECT_EQ(times.quantile(0, at(2s)), 10);
}

TEST(RecentTimes, ForgetsWhatIsOlderThanItsWindow) {
  RecentTimes times;
  times.add(10, at(0s));
  times.add(20, at(50s));
  EXPECT_EQ(times.quantile(0, at(60s)), 10);
  EXPECT_EQ(times.quantile(0, at(61s)), 20);
  EXPECT_EQ(times.quantile(0, at(111s)), std::nullopt);
}

TEST(RecentTimes, KeepsTheNewestOfMany) {
  RecentTimes times;
  for (std::int64_t us = 0; us < 5000; ++us) times.add(us, at(1s));
  EXPECT_EQ(times.quantile(0, at(1s)), 5000 - 1024);
  EXPECT_EQ(times.quantile(1, at(1s)), 4999);
}

TEST(CallMeter, MeasuresFromTheArrivalAndFromTokenToToken) {
  NodeMetrics metrics;
  CallMeter meter(metrics);
  meter.arrived(at(0us));
  meter.produced(1, at(30ms));
  meter.produced(1, at(50ms));
  meter.produced(3, at(110ms));
  EXPECT_EQ(metrics.time_to_first_token.read().sum_us, 30'000);
  const Histogram::Reading latency = metrics.inter_token_latency.read();
  EXPECT_EQ(latency.sum_us, 80'000);
  EXPECT_EQ(latency.counts[1], 4);  // one of 20 ms, and three of 20 ms each that came together
  EXPECT_EQ(metrics.generated_tokens.value(), 5);
}

TEST(CallMeter, TakesNoTimeFromTheFirstTokenToThoseThatCameWithIt) {
  NodeMetrics metrics;
  CallMeter meter(metrics);
  meter.arrived(at(0us));
  meter.produced(3, at(30ms));
  EXPECT_EQ(metrics.time_to_first_token.read().counts[4], 1);
  EXPECT_EQ(metrics.inter_token_latency.read().counts[0], 2);
  EXPECT_EQ(metrics.inter_token_latency.read().sum_us, 0);
}

TEST(CallMeter, BelievesTheEnginesCountOfTokensWhenItIsHigher) {
  NodeMetrics metrics;
  for (const std::int64_t told : {7, 3}) {
    CallMeter meter(metrics);
    meter.arrived(at(0us));
    meter.produced(5, at(1ms));
    LlmResult result;
    result.finish_reason = "stop";
    result.usage = Usage{10, told};
    meter.completed(result, at(2ms));
  }
  EXPECT_EQ(metrics.generated_tokens.value(), 7 + 5);
  EXPECT_EQ(metrics.prompt_tokens.value(), 20);
  EXPECT_FALSE(metrics.knows_cached);
}

TEST(CallMeter, BelievesNoUsageThatCannotBe) {
  NodeMetrics metrics;
  CallMeter meter(metrics);
  meter.arrived(at(0us));
  LlmResult result;
  result.usage = Usage{INT64_MIN, INT64_MIN, INT64_MIN};
  meter.completed(result, at(1ms));
  EXPECT_EQ(metrics.prompt_tokens.value(), 0);
  EXPECT_EQ(metrics.generated_tokens.value(), 0);
  EXPECT_EQ(metrics.cached_prompt_tokens.value(), 0);
  EXPECT_TRUE(metrics.knows_cached);
}

}  // namespace
}  // namespace wsdeep::llm

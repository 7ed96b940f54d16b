#include "load/plan/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;

constexpr Micros kLoadSecond = 1'000'000;

LoadShape steady_load(Arrivals arrivals, double rate, int seconds, std::uint64_t seed = 1) {
  return {.arrivals = arrivals, .stages = {{"1", seconds * kLoadSecond, rate, rate}}, .seed = seed};
}

std::vector<Micros> instants_in(const Schedule& schedule) {
  std::vector<Micros> all;
  for (const Arrival& arrival : schedule.arrivals) all.push_back(arrival.intended);
  return all;
}

std::vector<double> gaps_of_schedule(const Schedule& schedule) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < schedule.arrivals.size(); ++i)
    gaps.push_back(static_cast<double>(schedule.arrivals[i].intended - schedule.arrivals[i - 1].intended) / 1e6);
  return gaps;
}

struct Moments {
  double mean = 0;
  double cv = 0;  ///< coefficient of variation
};

Moments moments_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size())) / mean};
}

/// The largest distance between the values' distribution and an exponential one (Kolmogorov and Smirnov).
double distance_from_exponential(std::vector<double> values, double rate) {
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected = -std::expm1(-rate * values[i]);
    for (const std::size_t rank : {i, i + 1})
      distance =
          std::max(distance, std::abs(static_cast<double>(rank) / static_cast<double>(values.size()) - expected));
  }
  return distance;
}

/// FNV-1a over the first thousand instants.
std::uint64_t hash_of_instants(const Schedule& schedule) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (std::size_t i = 0; i < std::min<std::size_t>(1000, schedule.arrivals.size()); ++i)
    for (int shift = 0; shift < 64; shift += 8)
      hash = (hash ^ ((static_cast<std::uint64_t>(schedule.arrivals[i].intended) >> shift) & 0xFF)) * 0x100000001B3ULL;
  return hash;
}

TEST(Schedule, SpacesAConstantRateEvenlyFromTheBegin) {
  const Schedule schedule = make_schedule(steady_load(Arrivals::kConstant, 5, 1));
  EXPECT_THAT(instants_in(schedule), ElementsAre(0, 200'000, 400'000, 600'000, 800'000));
  EXPECT_EQ(schedule.length(), kLoadSecond);
  EXPECT_EQ(make_schedule(steady_load(Arrivals::kConstant, 5, 60)).arrivals.size(), 300u);
}

TEST(Schedule, SendsARampWhereItsIntegralReachesTheNextWhole) {
  // From 0/s to 10/s in 10 s: t²/2 arrivals until t, 50 in all.
  const LoadShape shape{.arrivals = Arrivals::kConstant, .stages = {{"ramp", 10 * kLoadSecond, 0, 10}}};
  const Schedule schedule = make_schedule(shape);
  ASSERT_EQ(schedule.arrivals.size(), 50u);
  for (std::size_t n = 0; n < 50; ++n)
    EXPECT_NEAR(static_cast<double>(schedule.arrivals[n].intended), std::sqrt(2.0 * static_cast<double>(n)) * 1e6, 1);
}

TEST(Schedule, MirrorsARampThatFalls) {
  const LoadShape up{.arrivals = Arrivals::kConstant, .stages = {{"up", 10 * kLoadSecond, 0, 10}}};
  const LoadShape down{.arrivals = Arrivals::kConstant, .stages = {{"down", 10 * kLoadSecond, 10, 0}}};
  const std::vector<Micros> rising = instants_in(make_schedule(up));
  const std::vector<Micros> falling = instants_in(make_schedule(down));
  ASSERT_EQ(falling.size(), 50u);
  for (std::size_t n = 1; n < 50; ++n) EXPECT_NEAR(falling[n], 10 * kLoadSecond - rising[50 - n], 1);
}

TEST(Schedule, GoesOnFromStageToStageWithoutABreak) {
  // 2.5 arrivals in the first stage: the third is half an arrival before its end, the fourth as long after it.
  const LoadShape shape{
      .arrivals = Arrivals::kConstant,
      .stages = {{"slow", 5 * kLoadSecond, 0.5, 0.5}, {"none", kLoadSecond, 0, 0}, {"fast", kLoadSecond, 2, 2}}};
  const Schedule schedule = make_schedule(shape);
  EXPECT_THAT(instants_in(schedule),
              ElementsAre(0, 2 * kLoadSecond, 4 * kLoadSecond, 6 * kLoadSecond + 250'000, 6 * kLoadSecond + 750'000));
  std::vector<int> stages;
  for (const Arrival& arrival : schedule.arrivals) stages.push_back(arrival.stage);
  EXPECT_THAT(stages, ElementsAre(0, 0, 0, 2, 2));
}

TEST(Schedule, DrawsPoissonGapsThatAreExponential) {
  const std::vector<double> gaps = gaps_of_schedule(make_schedule(steady_load(Arrivals::kPoisson, 50, 1000, 3)));
  const Moments moments = moments_of(gaps);
  EXPECT_NEAR(moments.mean, 0.02, 0.0003);
  EXPECT_NEAR(moments.cv, 1, 0.02);
  EXPECT_LT(distance_from_exponential(gaps, 50), 1.36 / std::sqrt(static_cast<double>(gaps.size())));  // 5 %
}

TEST(Schedule, DrawsPoissonCountsWhoseVarianceIsTheirMean) {
  std::vector<double> counts;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    counts.push_back(static_cast<double>(make_schedule(steady_load(Arrivals::kPoisson, 100, 1, seed)).arrivals.size()));
  const Moments moments = moments_of(counts);
  EXPECT_NEAR(moments.mean, 100, 1.5);
  EXPECT_NEAR(moments.cv * moments.mean * moments.cv * moments.mean, 100, 20);
}

TEST(Schedule, FollowsARampWithPoissonArrivals) {
  const LoadShape shape{.arrivals = Arrivals::kPoisson, .stages = {{"ramp", 100 * kLoadSecond, 0, 200}}, .seed = 5};
  const std::vector<Micros> all = instants_in(make_schedule(shape));
  EXPECT_NEAR(static_cast<double>(all.size()), 10'000, 300);
  const auto half = std::count_if(all.begin(), all.end(), [](Micros at) { return at < 50 * kLoadSecond; });
  EXPECT_NEAR(static_cast<double>(half), 2500, 150);
}

TEST(Schedule, GivesGammaGapsTheirCoefficientOfVariation) {
  for (const double burstiness : {0.25, 0.5, 1.0, 4.0, 100.0}) {
    LoadShape shape = steady_load(Arrivals::kGamma, 50, 1000, 11);
    shape.burstiness = burstiness;
    const Moments moments = moments_of(gaps_of_schedule(make_schedule(shape)));
    EXPECT_NEAR(moments.mean, 0.02, 0.0006) << burstiness;
    EXPECT_NEAR(moments.cv, 1 / std::sqrt(burstiness), 0.05 / std::sqrt(burstiness)) << burstiness;
  }
}

TEST(Schedule, HasTheGivenNumberInEachStageWithPoissonFixedN) {
  LoadShape shape{
      .arrivals = Arrivals::kPoissonFixedN,
      .stages = {{"a", 10 * kLoadSecond, 10, 10}, {"b", 10 * kLoadSecond, 10, 30}, {"c", kLoadSecond, 2.6, 2.6}}};
  std::set<std::vector<Micros>> different;
  for (shape.seed = 1; shape.seed <= 5; ++shape.seed) {
    const Schedule schedule = make_schedule(shape);
    std::vector<int> counts(3);
    for (const Arrival& arrival : schedule.arrivals) ++counts[static_cast<std::size_t>(arrival.stage)];
    EXPECT_THAT(counts, ElementsAre(100, 200, 3));
    EXPECT_TRUE(std::is_sorted(schedule.arrivals.begin(), schedule.arrivals.end(),
                               [](const Arrival& a, const Arrival& b) { return a.intended < b.intended; }));
    different.insert(instants_in(schedule));
  }
  EXPECT_EQ(different.size(), 5u);
}

TEST(Schedule, DrawsPoissonFixedNGapsThatAreExponential) {
  const std::vector<double> gaps = gaps_of_schedule(make_schedule(steady_load(Arrivals::kPoissonFixedN, 50, 200, 2)));
  EXPECT_EQ(gaps.size(), 9999u);
  EXPECT_LT(distance_from_exponential(gaps, 50), 1.36 / std::sqrt(9999.0));
}

TEST(Schedule, EndsWhereTheArrivalAfterTheLastOneWouldHaveCome) {
  LoadShape shape = steady_load(Arrivals::kConstant, 5, 3600);
  shape.requests = 20;
  const Schedule schedule = make_schedule(shape);
  EXPECT_EQ(schedule.arrivals.size(), 20u);
  EXPECT_EQ(schedule.length(), 4 * kLoadSecond);
}

TEST(Schedule, KeepsARampsRateAtTheInstantAtWhichItIsCut) {
  const LoadShape shape{.arrivals = Arrivals::kConstant,
                        .stages = {{"ramp", 10 * kLoadSecond, 0, 10}, {"after", kLoadSecond, 10, 10}},
                        .requests = 8};
  EXPECT_THAT(make_schedule(shape).stages, ElementsAre(Stage{"ramp", 4 * kLoadSecond, 0, 4}));
}

TEST(Schedule, EndsByItsStagesWhenThereAreFewerThanRequested) {
  LoadShape shape = steady_load(Arrivals::kConstant, 5, 2);
  shape.requests = 10;
  EXPECT_EQ(make_schedule(shape).arrivals.size(), 10u);
  shape.requests = 11;
  EXPECT_EQ(make_schedule(shape).arrivals.size(), 10u);
  EXPECT_EQ(make_schedule(shape).length(), 2 * kLoadSecond);
}

TEST(Schedule, IsTheSameForASeedForever) {
  const auto hash = [](Arrivals arrivals, std::uint64_t seed) {
    LoadShape shape{
        .arrivals = arrivals,
        .burstiness = 0.5,
        .stages = {{"a", 30 * kLoadSecond, 10, 10}, {"b", 60 * kLoadSecond, 10, 40}, {"c", 30 * kLoadSecond, 40, 5}},
        .seed = seed};
    return hash_of_instants(make_schedule(shape));
  };
  EXPECT_EQ(hash(Arrivals::kConstant, 1), 6012043464968588853u);
  EXPECT_EQ(hash(Arrivals::kPoisson, 1), 6861942591317198414u);
  EXPECT_EQ(hash(Arrivals::kPoisson, 42), 14433576568301243045u);
  EXPECT_EQ(hash(Arrivals::kPoissonFixedN, 1), 2924431333205371014u);
  EXPECT_EQ(hash(Arrivals::kGamma, 1), 9337459868506320815u);
}

TEST(Schedule, CancelsTheGivenShareAndNothingElseChanges) {
  const LoadShape plain = steady_load(Arrivals::kPoisson, 100, 100, 4);
  LoadShape shape = plain;
  shape.cancel_share = 0.05;
  shape.cancel_after = 2 * kLoadSecond;
  const Schedule schedule = make_schedule(shape);
  EXPECT_EQ(instants_in(schedule), instants_in(make_schedule(plain)));
  const auto cancelled = std::count_if(schedule.arrivals.begin(), schedule.arrivals.end(),
                                       [](const Arrival& arrival) { return arrival.cancel_after == 2 * kLoadSecond; });
  const auto kept = std::count_if(schedule.arrivals.begin(), schedule.arrivals.end(),
                                  [](const Arrival& arrival) { return arrival.cancel_after == kNever; });
  EXPECT_EQ(static_cast<std::size_t>(cancelled + kept), schedule.arrivals.size());
  EXPECT_NEAR(static_cast<double>(cancelled), 500, 70);
}

TEST(Schedule, LetsUsersThinkForExponentialTimes) {
  const LoadShape shape{.think = 2 * kLoadSecond, .seed = 8};
  std::vector<double> pauses;
  for (std::uint64_t index = 0; index < 20'000; ++index)
    pauses.push_back(static_cast<double>(think_before(shape, index)) / 1e6);
  EXPECT_NEAR(moments_of(pauses).mean, 2, 0.05);
  EXPECT_LT(distance_from_exponential(pauses, 0.5), 1.36 / std::sqrt(20'000.0));
}

TEST(Schedule, RefusesMoreArrivalsThanItsMemoryHolds) {
  const auto fault = [](LoadShape shape) -> std::string {
    try {
      make_schedule(shape);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::string said = "the load has 20000001 arrivals, and a schedule at most 20000000";
  for (const Arrivals arrivals : {Arrivals::kConstant, Arrivals::kPoisson, Arrivals::kPoissonFixedN, Arrivals::kGamma})
    EXPECT_EQ(fault(steady_load(arrivals, 20'000'001, 1)), said);
  EXPECT_EQ(fault(steady_load(Arrivals::kConstant, 1e300, 1)).substr(0, 19), "the load has 100000");
  LoadShape few = steady_load(Arrivals::kPoisson, 1e9, 3600);
  few.requests = 10;
  EXPECT_EQ(make_schedule(few).arrivals.size(), 10u);
}

}  // namespace
}  // namespace wsdeep::load

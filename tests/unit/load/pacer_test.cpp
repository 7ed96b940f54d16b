#include "load/pacer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace wsdeep::load {
namespace {

using ::testing::Ge;
using ::testing::Lt;

constexpr Micros kPacerMs = 1000;

Arrival arrival_at(Micros intended, std::uint64_t index = 0) {
  Arrival arrival;
  arrival.index = index;
  arrival.intended = intended;
  return arrival;
}

TEST(Pacer, BeginsNoTurnBeforeItsInstant) {
  const RunClock clock;
  std::vector<Micros> early;
  std::stop_source stop;
  Pacer pacer(
      clock,
      [&](const Arrival& arrival) {
        if (clock.now() < arrival.intended) early.push_back(arrival.intended);
      },
      stop.get_token());
  const Micros begin = clock.now();
  for (Micros at = 0; at < 50 * kPacerMs; at += kPacerMs) ASSERT_TRUE(pacer.begin_at(arrival_at(begin + at)));
  EXPECT_EQ(early, std::vector<Micros>());
  EXPECT_EQ(pacer.pacing().begun, 50U);
  EXPECT_EQ(pacer.pacing().late.count(), 50U);
}

TEST(Pacer, CatchesUpWithWhatIsPastAndSaysHowLateItWas) {
  const RunClock clock;
  std::vector<std::uint64_t> begun;
  std::stop_source stop;
  Pacer pacer(
      clock, [&](const Arrival& arrival) { begun.push_back(arrival.index); }, stop.get_token());
  const Micros now = clock.now();
  for (std::uint64_t i = 0; i < 3; ++i)
    pacer.begin_at(arrival_at(now - 300 * kPacerMs + static_cast<Micros>(i) * 100 * kPacerMs, i));
  EXPECT_THAT(begun, ::testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(clock.now() - now, Lt(100 * kPacerMs)) << "nothing is waited for";
  EXPECT_THAT(pacer.pacing().late.max(), Ge(300 * kPacerMs));
  EXPECT_THAT(pacer.pacing().late.min(), Ge(100 * kPacerMs));
}

TEST(Pacer, SleepsNoLongerThanUntilItIsStoppedOrWoken) {
  const RunClock clock;
  std::stop_source stop;
  Pacer pacer(
      clock, [](const Arrival&) {}, stop.get_token());
  constexpr Micros kHour = 3600LL * 1000 * kPacerMs;
  pacer.wake();
  EXPECT_EQ(pacer.sleep_until(clock.now() + kHour), Pacer::Woken::kByCall);
  EXPECT_EQ(pacer.sleep_until(clock.now() + kPacerMs), Pacer::Woken::kByTime);
  EXPECT_EQ(pacer.sleep_until(clock.now() - kPacerMs), Pacer::Woken::kByTime);
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(pacer.begin_at(arrival_at(clock.now() + kHour)));
  EXPECT_EQ(pacer.pacing().begun, 0U);
}

TEST(Pacer, BeginsNothingOnceStopped) {
  const RunClock clock;
  std::stop_source stop;
  stop.request_stop();
  Pacer pacer(
      clock, [](const Arrival&) { FAIL(); }, stop.get_token());
  EXPECT_FALSE(pacer.begin_at(arrival_at(0)));
}

}  // namespace
}  // namespace wsdeep::load

#include "users/adaptive_limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <string>

#include "support/manual_clock.h"

namespace wsdeep::users {
namespace {

using namespace std::chrono_literals;

/// A service that takes `rate` requests a second, and `burst` at once after a pause.
struct Bucket {
  double rate = 0;
  double burst = 0;
  double tokens = burst;
  SteadyTime filled_at{};

  bool admit(SteadyTime now) {
    if (filled_at == SteadyTime{}) filled_at = now;
    tokens = std::min(burst, tokens + std::chrono::duration<double>(now - filled_at).count() * rate);
    filled_at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }
};

struct Outcome {
  int accepted = 0;
  int refused = 0;
  double refused_part() const { return static_cast<double>(refused) / std::max(1, accepted + refused); }
};

/// 16 workers, each of which sends one request after the other, as soon as the limiter lets it.
class Simulation {
 public:
  Simulation(const Bucket& bucket, std::chrono::milliseconds round_trip) : service(bucket), round_trip_(round_trip) {
    constexpr int kWorkers = 16;
    for (int i = 0; i < kWorkers; ++i) start();
  }

  Outcome run(std::chrono::seconds time) {
    outcome_ = {};
    const SteadyTime end = clock_.steady_now() + time;
    while (events_.top().at < end) {
      const Event next = events_.top();
      events_.pop();
      clock_.advance(std::max(0ns, std::chrono::nanoseconds(next.at - clock_.steady_now())));
      next.happen();
    }
    return outcome_;
  }

  Bucket service;

 private:
  struct Event {
    SteadyTime at;
    std::function<void()> happen;
    bool operator<(const Event& other) const { return at > other.at; }
  };

  void start() {
    const AdaptiveLimiter::Turn turn = limiter_.reserve();
    events_.push({clock_.steady_now() + turn.wait, [this, turn] { limiter_.stands(turn) ? send(turn) : start(); }});
  }
  void send(const AdaptiveLimiter::Turn& turn) {
    const bool taken = service.admit(clock_.steady_now());
    events_.push({clock_.steady_now() + round_trip_, [this, turn, taken] {
                    if (taken)
                      limiter_.accepted();
                    else
                      limiter_.refused(turn);
                    ++(taken ? outcome_.accepted : outcome_.refused);
                    start();
                  }});
  }

  std::chrono::milliseconds round_trip_;
  testing::ManualClock clock_;
  AdaptiveLimiter limiter_{clock_};
  std::priority_queue<Event> events_;
  Outcome outcome_;
};

class AdaptiveLimiterTest : public ::testing::Test {
 protected:
  /// A request of this moment is refused.
  void refuse() { limiter_.refused(limiter_.reserve()); }

  testing::ManualClock clock_;
  AdaptiveLimiter limiter_{clock_};
};

TEST_F(AdaptiveLimiterTest, HoldsNothingBackUntilItIsRefused) {
  for (int i = 0; i < 10000; ++i) {
    EXPECT_EQ(limiter_.reserve().wait, 0ns);
    limiter_.accepted();
  }
  EXPECT_EQ(limiter_.rate(), 0);
}

TEST_F(AdaptiveLimiterTest, TakesTheFirstRefusalForTheEndOfOneSecondsWorth) {
  for (int i = 0; i < 150; ++i) {
    clock_.advance(10ms);
    limiter_.accepted();
  }
  refuse();
  EXPECT_NEAR(limiter_.rate(), 0.9 * 150 / 2.5, 0.01);
}

TEST_F(AdaptiveLimiterTest, SpacesRequestsEvenly) {
  for (int i = 0; i < 50; ++i) limiter_.accepted();
  refuse();
  ASSERT_NEAR(limiter_.rate(), 45, 0.01);
  for (int i = 1; i < 5; ++i) EXPECT_NEAR(static_cast<double>(limiter_.reserve().wait.count()), i * 1e9 / 45, 5e6);
}

TEST_F(AdaptiveLimiterTest, GivesOutNoPlaceThatIsFarOff) {
  for (int i = 0; i < 50; ++i) limiter_.accepted();
  refuse();
  int given = 0;
  while (limiter_.reserve().mine) ++given;
  EXPECT_NEAR(given, 12, 1);  // in a quarter of a second, at 45 a second and more
  EXPECT_EQ(limiter_.reserve().wait, 250ms);
}

TEST_F(AdaptiveLimiterTest, CutsOnceForRequestsThatWereInLineTogether) {
  for (int i = 0; i < 30; ++i) limiter_.accepted();
  const AdaptiveLimiter::Turn early = limiter_.reserve();
  clock_.advance(1s);
  limiter_.refused(early);
  const double after_one = limiter_.rate();
  for (int i = 0; i < 15; ++i) limiter_.refused(early);
  EXPECT_EQ(limiter_.rate(), after_one);
  clock_.advance(100ms);
  refuse();
  EXPECT_LT(limiter_.rate(), after_one);
}

TEST_F(AdaptiveLimiterTest, TakesPlacesBackWhenTheServiceRefuses) {
  for (int i = 0; i < 50; ++i) limiter_.accepted();
  refuse();
  const AdaptiveLimiter::Turn sent = limiter_.reserve();
  const AdaptiveLimiter::Turn waiting = limiter_.reserve();
  EXPECT_TRUE(limiter_.stands(waiting));
  limiter_.refused(sent);
  EXPECT_FALSE(limiter_.stands(waiting));
  EXPECT_TRUE(limiter_.stands(limiter_.reserve()));
}

TEST_F(AdaptiveLimiterTest, LetsOnlyAFewBeUnderWayTogetherAtFirst) {
  int together = 0;
  while (limiter_.reserve().mine) ++together;
  EXPECT_EQ(together, 4);
  limiter_.accepted();
  limiter_.lost();
  EXPECT_TRUE(limiter_.reserve().mine);
  EXPECT_TRUE(limiter_.reserve().mine);
  EXPECT_FALSE(limiter_.reserve().mine);
  for (int i = 0; i < 800; ++i) limiter_.accepted();
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(limiter_.reserve().mine);
}

TEST_F(AdaptiveLimiterTest, MeasuresTheRateBetweenTwoRefusals) {
  for (int i = 0; i < 50; ++i) limiter_.accepted();
  refuse();
  for (int i = 0; i < 80; ++i) {
    clock_.advance(25ms);
    limiter_.reserve();
    limiter_.accepted();
  }
  refuse();
  EXPECT_NEAR(limiter_.rate(), 0.9 * 40, 0.01);
}

TEST_F(AdaptiveLimiterTest, NeverStops) {
  for (int i = 0; i < 100; ++i) {
    clock_.advance(10s);
    refuse();
  }
  EXPECT_EQ(limiter_.rate(), 0.5);
}

TEST_F(AdaptiveLimiterTest, DoesNotGrowWhileNobodyWaitsForIt) {
  for (int i = 0; i < 50; ++i) limiter_.accepted();
  refuse();
  for (int i = 0; i < 1000; ++i) {
    clock_.advance(1s);
    limiter_.reserve();
    limiter_.accepted();
  }
  EXPECT_NEAR(limiter_.rate(), 45, 0.01);
}

TEST(AdaptiveLimiterSimulation, UsesTheRoomThatThereIsFromTheFirstSecondsOn) {
  for (const double rate : {10.0, 25.0, 50.0, 100.0})
    for (const double burst : {0.2, 1.0, 3.0})
      for (const auto round_trip : {5ms, 20ms, 100ms}) {
        Simulation simulation({rate, std::max(1.0, rate * burst)}, round_trip);
        const Outcome outcome = simulation.run(20s);
        const std::string at = ::testing::PrintToString(rate) + "/s, burst " + ::testing::PrintToString(burst) +
                               " s, round trip " + ::testing::PrintToString(round_trip.count()) + " ms";
        EXPECT_GT(outcome.accepted, 0.9 * rate * (20 + burst)) << at;
        EXPECT_LT(outcome.refused_part(), 0.05) << at << ": " << outcome.refused;
      }
}

TEST(AdaptiveLimiterSimulation, StaysNearTheLimit) {
  for (const double rate : {5.0, 10.0, 50.0, 200.0}) {
    Simulation simulation({rate, rate}, 20ms);
    simulation.run(20s);
    const Outcome outcome = simulation.run(120s);
    EXPECT_GT(outcome.accepted, 0.95 * rate * 120) << rate;
    EXPECT_LT(outcome.refused_part(), 0.025) << rate;
  }
}

TEST(AdaptiveLimiterSimulation, FindsTheRoomThatBecomesFree) {
  Simulation simulation({10, 10}, 20ms);
  simulation.run(30s);
  simulation.service.rate = simulation.service.burst = 100;
  EXPECT_GT(simulation.run(60s).accepted, 0.6 * 100 * 60);
}

TEST(AdaptiveLimiterSimulation, FollowsALimitThatFalls) {
  Simulation simulation({100, 100}, 20ms);
  simulation.run(20s);
  simulation.service.rate = simulation.service.burst = 10;
  simulation.run(10s);
  EXPECT_LT(simulation.run(30s).refused_part(), 0.1);
}

}  // namespace
}  // namespace wsdeep::users

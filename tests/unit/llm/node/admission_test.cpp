#include "llm/node/admission.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <list>
#include <random>

#include "base/error.h"
#include "support/manual_clock.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

constexpr int kSlots = 4;

/// A node's door, and those who stand before it.
struct Door {
  explicit Door(AdmissionOptions options = {}) : admission(options, clock) {}

  struct Caller {
    Place place;
    std::optional<SteadyTime> waits_until;
    int wakes = 0;
    std::optional<LlmOutcome> refusal;
  };

  Caller& come(SteadyTime deadline = SteadyTime::max(), int slots = kSlots) {
    Caller& caller = callers.emplace_back();
    caller.refusal =
        admission.enter(caller.place, slots, deadline,
                        {[&caller](SteadyTime until) { caller.waits_until = until; }, [&caller] { ++caller.wakes; }});
    return caller;
  }
  /// One that was served for `time`, so that the door knows how long it takes.
  void serve(std::chrono::milliseconds time) {
    Caller& caller = come();
    clock.advance(time);
    admission.leave(caller.place, true);
  }
  void fill(int count = kSlots) {
    for (int i = 0; i < count; ++i) come();
  }
  AdmissionStatus status() const { return admission.status(kSlots); }
  SteadyTime in(std::chrono::milliseconds time) const { return clock.steady_now() + time; }

  ManualClock clock;
  Admission admission;
  std::list<Caller> callers;
};

TEST(Admission, LetsAsManyRunAsThereAreSlots) {
  Door door;
  door.fill();
  Door::Caller& next = door.come();
  EXPECT_FALSE(next.refusal);
  EXPECT_FALSE(door.admission.is_running(next.place));
  EXPECT_EQ(door.status().running, 4);
  EXPECT_EQ(door.status().waiting, 1);
  EXPECT_EQ(door.status().load(), 1.25);
}

TEST(Admission, AdmitsTheFirstThatCameWhenASlotBecomesFree) {
  Door door;
  door.fill();
  Door::Caller& first = door.come();
  Door::Caller& second = door.come();
  door.clock.advance(250ms);

  door.admission.leave(door.callers.front().place, true);

  EXPECT_EQ(first.wakes, 1);
  EXPECT_TRUE(door.admission.is_running(first.place));
  EXPECT_EQ(door.admission.waited(first.place), 250ms);
  EXPECT_EQ(second.wakes, 0);
  EXPECT_EQ(door.status().running, 4);
}

TEST(Admission, ForgetsOneThatGivesUpItsPlace) {
  Door door;
  door.fill();
  Door::Caller& first = door.come();
  Door::Caller& second = door.come();
  door.admission.leave(first.place, false);
  door.admission.leave(first.place, false);
  EXPECT_EQ(first.wakes, 1);
  EXPECT_EQ(door.status().waiting, 1);
  door.admission.leave(door.callers.front().place, true);
  EXPECT_TRUE(door.admission.is_running(second.place));
}

TEST(Admission, GivesASlotBackOnce) {
  Door door;
  door.fill();
  door.admission.leave(door.callers.front().place, true);
  door.admission.leave(door.callers.front().place, true);
  EXPECT_EQ(door.status().running, 3);
}

TEST(Admission, AdmitsWhoWaitsWhenTheEngineTakesMore) {
  Door door;
  door.fill();
  Door::Caller& waiting = door.come();
  Door::Caller& next = door.come(SteadyTime::max(), 8);
  EXPECT_TRUE(door.admission.is_running(waiting.place));
  EXPECT_TRUE(door.admission.is_running(next.place));
}

TEST(Admission, WaitsNoLongerThanDeadlineAndOptionSay) {
  Door door({8, 30s});
  door.fill();
  EXPECT_EQ(door.come().waits_until, door.in(30s));
  EXPECT_EQ(door.come(door.in(2s)).waits_until, door.in(2s));
}

/// What is told to one that comes when four slots are busy and `waiting` wait, and generations took 800 ms.
struct RefusalCase {
  const char* name;
  std::optional<std::chrono::milliseconds> service;
  AdmissionOptions options;
  int waiting;
  std::chrono::milliseconds deadline;
  std::optional<std::chrono::milliseconds> retry_after;  ///< nothing: it waits
  const char* words;
};

TEST(Admission, RefusesByNumberAndByTime) {
  const std::array<RefusalCase, 9> cases{{
      {"a place is left", 800ms, {16, 30s}, 15, 60s, std::nullopt, ""},
      {"no place is left", 800ms, {16, 30s}, 16, 60s, 3400ms, "all 4 slots busy, 16 waiting; expected wait 3.4 s"},
      {"no queue", 800ms, {0, 30s}, 0, 60s, 200ms, "all 4 slots busy, 0 waiting; expected wait 0.2 s"},
      {"longer than its deadline",
       800ms,
       {16, 30s},
       9,
       1900ms,
       2000ms,
       "all 4 slots busy, 9 waiting; expected wait 2.0 s"},
      {"just in time", 800ms, {16, 30s}, 9, 2000ms, std::nullopt, ""},
      {"longer than the option", 800ms, {16, 1s}, 5, 60s, 1200ms, "all 4 slots busy, 5 waiting; expected wait 1.2 s"},
      {"nobody knows how long", std::nullopt, {1, 30s}, 1, 60s, 1000ms, "all 4 slots busy, 1 waiting"},
      {"generations of no time", 1ms, {0, 30s}, 0, 60s, 100ms, "all 4 slots busy, 0 waiting; expected wait 0.0 s"},
      {"generations of an hour", 3600s, {0, 30s}, 0, 60s, 60s, "all 4 slots busy, 0 waiting; expected wait 900.0 s"},
  }};
  for (const RefusalCase& row : cases) {
    Door door(row.options);
    if (row.service) door.serve(*row.service);
    door.fill(kSlots + row.waiting);
    const auto refusal = door.come(door.in(row.deadline)).refusal;
    EXPECT_EQ(refusal.has_value(), row.retry_after.has_value()) << row.name;
    if (!refusal) continue;
    EXPECT_EQ(refusal->fault, LlmFault::kOverloaded) << row.name;
    EXPECT_EQ(refusal->cause, row.words) << row.name;
    EXPECT_EQ(refusal->retry_after, row.retry_after) << row.name;
  }
}

TEST(Admission, ExpectsNoWaitWhereASlotIsFree) {
  Door door;
  door.serve(800ms);
  EXPECT_EQ(door.admission.expected_wait(kSlots), 0ms);
  door.fill();
  EXPECT_EQ(door.admission.expected_wait(kSlots), 200ms);
}

TEST(Admission, FollowsHowLongGenerationsTake) {
  Door door;
  door.serve(800ms);
  for (int i = 0; i < 60; ++i) door.serve(4000ms);
  door.fill();
  const auto wait = door.admission.expected_wait(kSlots).value_or(0ms);
  EXPECT_GT(wait, 990ms);
  EXPECT_LE(wait, 1000ms);
}

TEST(Admission, LearnsNothingFromGenerationsThatFailed) {
  Door door;
  door.serve(800ms);
  door.admission.leave(door.come().place, false);
  door.fill();
  EXPECT_EQ(door.admission.expected_wait(kSlots), 200ms);
}

TEST(Admission, TellsWhyAWaitWasInVain) {
  Door door({8, 1s});
  door.fill();
  Door::Caller& caller = door.come(door.in(500ms));
  const SteadyTime deadline = door.in(500ms);
  door.clock.advance(400ms);
  EXPECT_EQ(door.admission.why_not(caller.place, deadline).fault, LlmFault::kOverloaded);
  door.clock.advance(100ms);
  const LlmOutcome late = door.admission.why_not(caller.place, deadline);
  EXPECT_EQ(late.fault, LlmFault::kTimeout);
  EXPECT_EQ(late.cause, "the deadline passed after 0.5 s in the queue");
}

TEST(Admission, TurnsEverybodyAwayOnceItIsClosed) {
  Door door;
  door.fill();
  Door::Caller& waiting = door.come();
  door.admission.close();
  EXPECT_EQ(waiting.wakes, 1);
  EXPECT_EQ(door.admission.why_not(waiting.place, SteadyTime::max()).cause, "the node is draining");
  const auto refusal = door.come().refusal.value_or(LlmOutcome());
  EXPECT_EQ(refusal.fault, LlmFault::kUnavailable);
  EXPECT_EQ(refusal.retry_after, 0ms);
  EXPECT_EQ(door.status().waiting, 0);
  EXPECT_EQ(door.status().running, 4);
}

/// One slot, generations of equal length, callers that come by chance: an M/D/1 queue, whose mean wait is known.
TEST(Admission, LetsWaitAsLongAsQueueingTheorySays) {
  constexpr double kService = 0.1, kUse = 0.7;
  constexpr int kCallers = 40'000;
  Door door({1000, 1h});
  std::mt19937_64 random(20261129);
  std::exponential_distribution<double> pause(kUse / kService);
  const auto seconds = [](double time) { return std::chrono::nanoseconds(static_cast<std::int64_t>(time * 1e9)); };
  std::deque<Door::Caller*> inside;  // the first one runs
  std::chrono::duration<double> waits{0};
  SteadyTime arrival = door.clock.steady_now(), departure = SteadyTime::max();
  for (int left = kCallers; left > 0;) {
    door.clock.advance(std::min(arrival, departure) - door.clock.steady_now());
    const bool goes = departure <= arrival;
    if (goes) {
      waits += door.admission.waited(inside.front()->place);
      door.admission.leave(inside.front()->place, true);
      inside.pop_front();
      --left;
    } else {
      inside.push_back(&door.come(SteadyTime::max(), 1));
      arrival += seconds(pause(random));
    }
    if (goes || inside.size() == 1)
      departure = inside.empty() ? SteadyTime::max() : door.clock.steady_now() + seconds(kService);
  }
  const double expected = kUse * kService / (2 * (1 - kUse));
  EXPECT_NEAR(waits.count() / kCallers, expected, expected * 0.05);
}

TEST(Admission, NamesTheOptionThatMakesNoSense) {
  EXPECT_THROW(validate(AdmissionOptions{-1, 1s}), Error);
  EXPECT_THROW(validate(AdmissionOptions{1, -1s}), Error);
  EXPECT_THROW(validate(AdmissionOptions{1, 2h}), Error);
  EXPECT_NO_THROW(validate(AdmissionOptions{0, 0s}));
}

}  // namespace
}  // namespace wsdeep::llm

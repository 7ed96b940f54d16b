#include "load/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"

namespace wsdeep::load {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

constexpr Micros kRunMs = 1000;
constexpr Micros kRunSecond = 1'000'000;

/// What a fake driver is to do, and what it saw.
struct DriverScript {
  bool answers = true;            ///< each turn at once; else they are under way until `finish`
  std::uint64_t fails_at = 1000;  ///< the arrival at which it breaks
  std::string cannot_prepare;

  std::vector<Arrival> begun{};
  std::chrono::milliseconds patience{0};
  bool hurried = false;
};

class ScriptedDriver final : public Driver {
 public:
  ScriptedDriver(DriverScript& script, const RunClock& clock, RecordSink& sink)
      : script_(script), clock_(clock), sink_(sink) {}

  void prepare(const std::stop_token&) override {
    if (!script_.cannot_prepare.empty()) throw Error(ErrorKind::kFailure, script_.cannot_prepare);
  }
  void begin(const Arrival& arrival) override {
    if (arrival.index == script_.fails_at) throw Error(ErrorKind::kFailure, "the driver broke");
    script_.begun.push_back(arrival);
    if (script_.answers)
      tell(arrival, TurnEnd::kCompleted);
    else
      under_way_.push_back(arrival);
  }
  void finish(std::chrono::milliseconds patience, const std::stop_token& stop) override {
    script_.patience = patience;
    script_.hurried = stop.stop_requested();
    for (const Arrival& arrival : under_way_) tell(arrival, TurnEnd::kUnfinished);
    under_way_.clear();
  }
  std::size_t in_flight() const override { return 0; }

 private:
  void tell(const Arrival& arrival, TurnEnd how) {
    TurnRecord record;
    record.index = arrival.index;
    record.stage = arrival.stage;
    record.intended = arrival.intended;
    record.send = clock_.now();
    record.how = how;
    if (how == TurnEnd::kCompleted) record.first = record.answer = record.last = record.end = clock_.now();
    sink_.on_turn(std::move(record));
  }

  DriverScript& script_;
  const RunClock& clock_;
  RecordSink& sink_;
  std::vector<Arrival> under_way_;
};

class RunTest : public ::testing::Test {
 protected:
  Result run() {
    return run_load(
        plan_,
        [&](const RunPlan&, const RunClock& clock, RecordSink& sink) {
          return std::make_unique<ScriptedDriver>(script_, clock, sink);
        },
        {soon_.get_token(), now_.get_token()}, [&](const Progress& progress) { shown_.push_back(progress); });
  }

  void constant(double rate, Micros duration) {
    plan_.load.shape.arrivals = Arrivals::kConstant;
    plan_.load.shape.stages = {{"1", duration, rate, rate}};
    plan_.load.schedule = make_schedule(plan_.load.shape);
    plan_.warm_up = 0;
  }

  RunPlan plan_;
  DriverScript script_;
  std::stop_source soon_, now_;
  std::vector<Progress> shown_;
};

TEST_F(RunTest, SendsTheWholeScheduleAndAddsItUp) {
  constant(100, 200 * kRunMs);
  const Result result = run();
  EXPECT_THAT(script_.begun, SizeIs(20));
  EXPECT_EQ(result.ended_by, EndedBy::kSchedule);
  EXPECT_EQ(result.pacing.begun, 20U);
  EXPECT_EQ(result.summary.whole.tally.attempts, 20U);
  EXPECT_EQ(result.summary.whole.tally.good, 20U);
  EXPECT_TRUE(result.summary.whole.tally.adds_up());
  EXPECT_EQ(script_.patience, plan_.drain);
}

TEST_F(RunTest, BeginsWhenItIsToldTo) {
  constant(100, 100 * kRunMs);
  plan_.start = std::chrono::ceil<std::chrono::milliseconds>(SystemTime::clock::now() + std::chrono::seconds(3));
  const Result result = run();
  EXPECT_EQ(result.pacing.begun, 10U);
  EXPECT_LT(std::chrono::abs(result.started - *plan_.start), std::chrono::seconds(2));
}

TEST_F(RunTest, SendsNothingWhenItIsReadyTooLate) {
  constant(100, 100 * kRunMs);
  plan_.start = SystemTime::clock::now() - std::chrono::seconds(2);
  try {
    run();
    FAIL() << "it ran";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::MatchesRegex("it was ready [2-9]\\.[0-9]s after the common start"));
  }
  EXPECT_THAT(script_.begun, SizeIs(0));
}

TEST_F(RunTest, SendsItsShareOfTheSchedule) {
  constant(100, 100 * kRunMs);
  plan_.load.share = {1, 3};
  const Result result = run();
  EXPECT_EQ(result.pacing.planned, 3U);
  std::vector<std::uint64_t> indices;
  for (const Arrival& arrival : script_.begun) indices.push_back(arrival.index);
  EXPECT_THAT(indices, ::testing::ElementsAre(1, 4, 7));
}

/// What it is told, by a name for each.
struct WitnessedRun final : RunWitness {
  void on_begin(Micros at) override { begin = at, told.emplace_back("begin"); }
  void on_turn(TurnRecord record) override {
    if (told.back() != "turn") told.emplace_back("turn");
    last = record.intended;
  }
  void on_connection(const ConnectionRecord&) override { told.emplace_back("connection"); }
  void on_over(Micros schedule_end, Micros now) override {
    told.emplace_back("over");
    EXPECT_GE(schedule_end, last);
    EXPECT_GE(now, schedule_end);
  }
  Micros begin = 0, last = 0;
  std::vector<std::string> told;
};

TEST_F(RunTest, TellsAWitnessAllThatIsMeasured) {
  constant(100, 50 * kRunMs);
  WitnessedRun witness;
  plan_.witness = &witness;
  run();
  EXPECT_THAT(witness.told, ::testing::ElementsAre("begin", "turn", "over"));
  EXPECT_EQ(witness.last, witness.begin + 40 * kRunMs);
}

TEST_F(RunTest, ShowsEachSecondHowItGoes) {
  constant(10, 2200 * kRunMs);
  run();
  ASSERT_THAT(shown_, SizeIs(2));
  EXPECT_GE(shown_[0].at, kRunSecond);
  EXPECT_GE(shown_[1].at, 2 * kRunSecond);
  EXPECT_EQ(shown_[0].length, 2200 * kRunMs);
  EXPECT_EQ(shown_[0].phase, Phase::kSending);
  EXPECT_GE(shown_[0].due.value(), 10U);
  EXPECT_GE(shown_[0].begun, 10U);
  EXPECT_LE(shown_[0].begun, script_.begun.size());
}

TEST_F(RunTest, EndsEarlyAndStillSaysWhatItHas) {
  constant(1, 3600 * kRunSecond);
  script_.answers = false;
  soon_.request_stop();
  now_.request_stop();
  const Result result = run();
  EXPECT_EQ(result.ended_by, EndedBy::kInterrupt);
  EXPECT_TRUE(script_.hurried);
  EXPECT_EQ(result.summary.whole.tally.attempts + result.summary.outside.attempts, script_.begun.size());
}

TEST_F(RunTest, CountsWhatWasUnderWayWhenItWasInterrupted) {
  constant(1000, 3600 * kRunSecond);
  script_.answers = false;
  std::atomic<bool> over{false};
  const std::jthread interrupter([&] {
    const RunClock clock;
    while (clock.now() < 300 * kRunMs && !over) std::this_thread::yield();
    soon_.request_stop();
  });
  const Result result = run();
  over = true;
  EXPECT_EQ(result.ended_by, EndedBy::kInterrupt);
  const Tally& tally = result.summary.whole.tally;
  EXPECT_GT(tally.unfinished, 0U);
  EXPECT_TRUE(tally.adds_up());
  EXPECT_EQ(tally.unfinished + result.summary.outside.unfinished, script_.begun.size());
}

TEST_F(RunTest, KeepsWhatWasMeasuredWhenTheDriverBreaks) {
  constant(200, 200 * kRunMs);
  script_.fails_at = 7;
  const Result result = run();
  EXPECT_EQ(result.ended_by, EndedBy::kFault);
  EXPECT_EQ(result.ended_why, "the driver broke");
  EXPECT_EQ(result.summary.whole.tally.attempts + result.summary.outside.attempts, 7U);
}

TEST_F(RunTest, ThrowsWhatFailsBeforeTheFirstTurn) {
  constant(1, kRunSecond);
  script_.cannot_prepare = "cannot reach it";
  try {
    run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot reach it");
  }
}

TEST_F(RunTest, LetsUsersAskAgainInAClosedLoop) {
  plan_.load.shape.concurrency = 3;
  plan_.load.shape.requests = 30;
  plan_.load.shape.duration = 3600 * kRunSecond;
  plan_.load.schedule.stages = {{"1", 3600 * kRunSecond, 0, 0}};
  plan_.warm_up = 0;
  const Result result = run();
  EXPECT_THAT(script_.begun, SizeIs(30));
  EXPECT_EQ(result.ended_by, EndedBy::kSchedule);
  EXPECT_EQ(result.summary.whole.tally.attempts, 30U);
}

}  // namespace
}  // namespace wsdeep::load

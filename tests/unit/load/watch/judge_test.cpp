#include "load/watch/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A run of 60 s at 10/s in which everything went well: TTFT 150 ms.
struct JudgedRun {
  RunFacts run;
  Summary summary;
  SelfReport self;

  JudgedRun() {
    run.pacing.planned = run.pacing.begun = run.told = 600;
    run.pacing.late.record(80, 600);
    Slice& whole = summary.whole;
    whole.to = 60'000'000;
    whole.intended_rate = whole.sent_rate = 10;
    whole.tally.attempts = whole.tally.good = 600;
    whole.metrics[static_cast<std::size_t>(Metric::kSendLag)].values.record(90, 600);
    whole.metrics[static_cast<std::size_t>(Metric::kTtft)].values.record(150'000, 600);
    summary.little = {5, 5, 0.001, 0.05};
    self.to = 62'000'000;
    self.cores = 2;
    self.cpu = 0.2;
    self.cpu_peak = {0.3, 4'000'000};
    self.wake_lag.record(70, 6000);
    self.longest_stop = 70;
    self.descriptors = 40;
    self.descriptor_limit = 1024;
  }
  Verdict verdict() const { return judge(run, summary, self); }
};

std::vector<std::string> names_of(const std::vector<Signal>& signals) {
  std::vector<std::string> names;
  for (const Signal& signal : signals) names.push_back(signal.name);
  return names;
}

std::vector<std::string> broken_in(const Verdict& verdict) {
  std::vector<Signal> broken = verdict.signals;
  std::erase_if(broken, [](const Signal& signal) { return !signal.broken; });
  return names_of(broken);
}

TEST(Judge, BelievesARunInWhichTheToolWasNotTheLimit) {
  const Verdict verdict = JudgedRun().verdict();
  EXPECT_EQ(verdict.validity, Validity::kValid);
  EXPECT_THAT(verdict.reasons, IsEmpty());
  EXPECT_THAT(broken_in(verdict), IsEmpty());
  EXPECT_GT(verdict.signals.size(), 10U) << "what held is told too";
}

TEST(Judge, DoesNotTakeATargetThatIsGoneForItsOwnLimit) {
  JudgedRun of;
  Slice& whole = of.summary.whole;
  whole.tally.good = 200;
  whole.tally.failed = 400;
  whole.tally.reasons = {{"not connected", 400}};
  whole.metrics[static_cast<std::size_t>(Metric::kSendLag)].values = Histogram();
  whole.metrics[static_cast<std::size_t>(Metric::kSendLag)].values.record(90, 200);
  whole.sent_rate = 200.0 / 60;
  EXPECT_THAT(broken_in(of.verdict()), IsEmpty());
}

struct BrokenCase {
  std::string signal;
  std::function<void(JudgedRun&)> make;
  std::string reason;
};

TEST(Judge, NamesEachSignThatTheToolWasTheLimit) {
  const std::vector<BrokenCase> cases = {
      {"pacing_p99", [](JudgedRun& of) { of.run.pacing.late.record(5'600, 10); },
       "INVALID: turns were sent late: pacing_p99 is 5.60 ms, limit 5.00 ms: lower the rate, use a machine with more "
       "cores to spare, or end what else runs on this one"},
      {"pacing_max", [](JudgedRun& of) { of.run.pacing.late.record(300'000); },
       "a turn was sent very late: pacing_max is 300 ms, limit 100 ms"},
      {"send_lag_p99",
       [](JudgedRun& of) {
         of.summary.whole.metrics[static_cast<std::size_t>(Metric::kSendLag)].values.record(20'000, 10);
       },
       "send_lag_p99 is 20 ms, limit 5.00 ms"},
      {"rate_error", [](JudgedRun& of) { of.summary.whole.sent_rate = 9.8; },
       "the rate was not kept: rate_error is -2.0 %, limit 1.0 %"},
      {"begun", [](JudgedRun& of) { of.run.pacing.planned = 700; }, "begun is 600 of 700"},
      {"not_sent",
       [](JudgedRun& of) {
         of.summary.whole.tally.good -= 3;
         of.summary.whole.tally.failed = 3;
         of.summary.whole.tally.reasons = {{"not sent: no session", 3}};
       },
       "turns were due and not sent: not_sent is 3, limit 0"},
      {"records",
       [](JudgedRun& of) { of.run.told = of.summary.whole.tally.attempts = of.summary.whole.tally.good = 599; },
       "records were lost, or came twice: records is 599 of 600"},
      {"table", [](JudgedRun& of) { of.summary.whole.tally.good = 598; }, "the table of attempts does not add up"},
      {"little",
       [](JudgedRun& of) {
         of.summary.little = {5, 6, 0.2, 0.05};
       },
       "little is 20.0 %, limit 5.0 %"},
      {"cpu", [](JudgedRun& of) { of.self.cpu_peak.share = 0.97; },
       "this tool had too little CPU in some second: cpu is 20.0 %, 97.0 % at 4.0 s, limit 80.0 % of 2 cores"},
      {"thread_cpu", [](JudgedRun& of) { of.self.thread_peak.share = 0.99; },
       "one thread of this tool was at its limit"},
      {"throttled", [](JudgedRun& of) { of.self.throttled_peak.share = 0.5; }, "a CPU quota stopped this tool"},
      {"stolen", [](JudgedRun& of) { of.self.stolen_peak.share = 0.2; }, "the hypervisor gave"},
      {"wake_lag_p99", [](JudgedRun& of) { of.self.wake_lag.record(9'000, 100); }, "this machine woke threads late"},
      {"loop_lag_p99", [](JudgedRun& of) { of.self.loop_lag.record(9'000, 100); }, "an event loop was late"},
      {"stopped",
       [](JudgedRun& of) {
         of.self.longest_stop = 300'000;
         of.self.longest_stop_at = 17'500'000;
       },
       "this tool stood still at 17.5 s: stopped is 300 ms, limit 100 ms"},
      {"suspended", [](JudgedRun& of) { of.self.suspended = 3'000'000; }, "the machine was suspended"},
      {"descriptors", [](JudgedRun& of) { of.self.descriptors = 1024; }, "ran out of file descriptors"},
  };
  for (const BrokenCase& one : cases) {
    JudgedRun run;
    one.make(run);
    const Verdict verdict = run.verdict();
    EXPECT_EQ(verdict.validity, Validity::kInvalid) << one.signal;
    EXPECT_THAT(broken_in(verdict), ElementsAre(one.signal));
    ASSERT_EQ(verdict.reasons.size(), 1U) << one.signal;
    EXPECT_THAT(verdict.reasons[0], HasSubstr(one.reason));
    EXPECT_TRUE(verdict.signals[0].broken) << "those that broke come first";
    EXPECT_FALSE(verdict.signals[0].advice.empty()) << one.signal;
  }
}

TEST(Judge, TellsSoFarWhatTheToolSawOfItself) {
  JudgedRun run;
  EXPECT_THAT(broken_so_far(run.summary, run.self), IsEmpty());
  run.self.wake_lag.record(9'000, 100);
  run.self.throttled_peak.share = 0.5;
  EXPECT_THAT(names_of(broken_so_far(run.summary, run.self)), ElementsAre("throttled", "wake_lag_p99"));
  run.summary.whole.metrics[static_cast<std::size_t>(Metric::kTtft)] = {};
  run.summary.whole.metrics[static_cast<std::size_t>(Metric::kE2e)].values.record(1'000'000);
  EXPECT_THAT(names_of(broken_so_far(run.summary, run.self)), ElementsAre("throttled")) << "1 % of a second is 10 ms";
}

TEST(Judge, SaysThatTheWallClockSteppedAndThatNoFigureUsesIt) {
  JudgedRun run;
  run.self.clock_step = -3'600'000'000;
  const Verdict verdict = run.verdict();
  EXPECT_EQ(verdict.validity, Validity::kValid);
  const auto step = std::find_if(verdict.signals.begin(), verdict.signals.end(),
                                 [](const Signal& signal) { return signal.name == "clock_step"; });
  ASSERT_NE(step, verdict.signals.end());
  EXPECT_EQ(step->value, "-3600000 ms");
  EXPECT_EQ(step->limit, "any: no figure uses the wall clock");
}

TEST(Judge, DoesNotBlameItselfForTheTargetsConnections) {
  JudgedRun run;
  run.summary.whole.metrics[static_cast<std::size_t>(Metric::kSendLag)].values.record(200'000, 300);
  run.summary.whole.metrics[static_cast<std::size_t>(Metric::kUpgrade)].values.record(190'000, 300);
  EXPECT_EQ(run.verdict().validity, Validity::kValid);
}

TEST(Judge, LetsTheTargetMakeTheRateOfAClosedLoop) {
  JudgedRun run;
  run.run.closed_loop = true;
  run.summary.whole.sent_rate = 3;
  EXPECT_EQ(run.verdict().validity, Validity::kValid);
}

TEST(Judge, DoesNotMissWhatWasNotBegunWhenTheRunWasEndedEarly) {
  JudgedRun run;
  run.run.ended_early = true;
  run.run.pacing.planned = 1000;
  EXPECT_EQ(run.verdict().validity, Validity::kValid);
}

TEST(Judge, AllowsTwoTurnsOnTheEdgesOfAShortWindow) {
  JudgedRun run;
  run.summary.whole.to = 10'000'000;
  run.summary.whole.sent_rate = 9.8;
  EXPECT_EQ(run.verdict().validity, Validity::kValid);
}

TEST(Judge, IsInconclusiveWhereDataIsMissing) {
  JudgedRun run;
  run.summary.warm_up.steady = false;
  LevelResult undecided;
  undecided.level.text = "ttft_p99<800ms";
  undecided.where = "all";
  undecided.why = "600 turns, and p99 wants 299 beyond warm-up: run for 2m";
  run.summary.levels = {undecided};
  const Verdict verdict = run.verdict();
  EXPECT_EQ(verdict.validity, Validity::kInconclusive);
  EXPECT_THAT(
      verdict.reasons,
      ElementsAre(HasSubstr("INCONCLUSIVE: no steady state was found"),
                  "INCONCLUSIVE: ttft_p99<800ms (all): 600 turns, and p99 wants 299 beyond warm-up: run for 2m"));
}

TEST(Judge, IsInconclusiveAboutAWindowWithoutTurns) {
  JudgedRun run;
  run.summary.whole.tally = {};
  run.summary.outside.attempts = run.summary.outside.good = 600;
  run.summary.whole.intended_rate = 0;
  const Verdict verdict = run.verdict();
  EXPECT_EQ(verdict.validity, Validity::kInconclusive);
  EXPECT_THAT(verdict.reasons, ElementsAre(HasSubstr("no turn was intended in the window")));
}

TEST(Judge, AllowsOnePercentOfTheMedianWhereThatIsMore) {
  JudgedRun run;
  run.summary.whole.metrics[static_cast<std::size_t>(Metric::kTtft)] = {};
  EXPECT_EQ(tolerance_of(run.summary.whole), 5'000);
  run.summary.whole.metrics[static_cast<std::size_t>(Metric::kE2e)].values.record(2'000'000);
  EXPECT_NEAR(static_cast<double>(tolerance_of(run.summary.whole)), 20'000, 20) << "as the histogram keeps it";
}

}  // namespace
}  // namespace wsdeep::load

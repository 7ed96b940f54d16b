#include "load/limit/find_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/plan/words.h"
#include "support/erlang_service.h"
#include "support/load_results.h"
#include "support/virtual_search.h"

namespace wsdeep::load {
namespace {

using ::testing::AllOf;
using testing::ErlangService;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::VirtualSearch;

/// What a search says of itself.
struct Answer {
  std::optional<double> passes;
  std::optional<double> fails;
  SearchEnd ended_by = SearchEnd::kFound;
};

::testing::Matcher<const LimitSearch&> finds(const Answer& answer) {
  return AllOf(Field("passes", &LimitSearch::passes, answer.passes), Field("fails", &LimitSearch::fails, answer.fails),
               Field("ended_by", &LimitSearch::ended_by, answer.ended_by));
}

/// Of whatever was measured, so many of a hundred turns are beyond 300 ms, in every block.
void set_late_turns(Result& result, int late_of_100) {
  const auto rewrite = [&](Slice& slice) {
    Distribution& ttft = testing::metric_of(slice, Metric::kTtft);
    const std::uint64_t count = slice.tally.attempts;
    const std::uint64_t late = count * static_cast<std::uint64_t>(late_of_100) / 100;
    ttft = {{}, {}, count};
    if (late > 0) ttft.values.record(900'000, late);
    if (count > late) ttft.values.record(100'000, count - late);
    slice.mean_in_flight = 1;
  };
  rewrite(result.summary.whole);
  for (Slice& stage : result.summary.stages) rewrite(stage);
}

double load_of(const RunSpec& spec) {
  return spec.plan.rate ? parse_rate(*spec.plan.rate, "--rate")
                        : static_cast<double>(spec.plan.concurrency.value_or(0));
}

/// A target that is good up to a limit and bad above it, whatever the queue makes of the load.
VirtualSearch with_limit(double limit) {
  VirtualSearch search(ErlangService{}.queue(1), {"ttft_p95<300ms"});
  search.options.first = 10;
  search.options.point_length = 60'000'000;
  search.changed = [limit](const RunSpec& spec, Result& result) {
    const bool is_point = spec.plan.blocks.has_value();
    set_late_turns(result, is_point && load_of(spec) > limit ? 50 : 0);
  };
  return search;
}

TEST(FindLimit, EndsWithANarrowIntervalThatWasConfirmedWithAFreshSeedAndALongerRun) {
  VirtualSearch search = with_limit(37);
  const LimitSearch found = search.find();
  ASSERT_TRUE(found.passes && found.fails);
  EXPECT_LE(*found.passes, 37);
  EXPECT_GT(*found.fails, 37);
  EXPECT_LE(*found.fails / *found.passes, 1.05);
  EXPECT_TRUE(found.confirmed);
  EXPECT_EQ(found.broke_first, "ttft_p95<300ms");
  EXPECT_EQ(found.levels, (std::vector<std::string>{"ttft_p95<300ms", "error_share<5%"}));
  const LimitPoint& last = found.points.back();
  EXPECT_EQ(last.tried_for, TriedFor::kConfirmation);
  EXPECT_EQ(last.load, *found.passes);
  const auto first_at = std::ranges::find(found.points, last.load, &LimitPoint::load);
  EXPECT_NE(last.runs.front().shape.seed, first_at->runs.front().shape.seed);
  EXPECT_GT(last.runs.front().summary.whole.to, first_at->runs.front().summary.whole.to);
}

TEST(FindLimit, HalvesUntilALoadPasses) {
  VirtualSearch search = with_limit(3);
  const LimitSearch found = search.find();
  EXPECT_EQ(found.points[1].tried_for, TriedFor::kHalving);
  EXPECT_LE(found.passes.value_or(99), 3);
  EXPECT_GT(found.fails.value_or(0), 3);
}

TEST(FindLimit, SaysWhenEvenTurnsThatHardlyMeetAreTooMuch) {
  EXPECT_THAT(with_limit(0).find().ended_by, SearchEnd::kLeastFails);
}

TEST(FindLimit, SaysWhenRequestsThatAreAloneMissALevel) {
  VirtualSearch search = with_limit(100);
  search.changed = [](const RunSpec&, Result& result) { set_late_turns(result, 100); };
  const LimitSearch found = search.find();
  EXPECT_THAT(found, finds({{}, {}, SearchEnd::kLeastFails}));
  EXPECT_EQ(found.broke_first, "ttft_p95<300ms");
  EXPECT_TRUE(found.points.empty());
}

TEST(FindLimit, StopsAtTheCap) {
  VirtualSearch search = with_limit(1000);
  search.options.cap = 25;
  const LimitSearch found = search.find();
  EXPECT_THAT(found, finds({25, {}, SearchEnd::kAtCap}));
  EXPECT_TRUE(found.confirmed);
  for (const RunSpec& spec : search.specs) EXPECT_LE(spec.plan.rate ? load_of(spec) : 0, 25);
}

TEST(FindLimit, TakesWhatTheToolCannotSendForTheEndUpward) {
  VirtualSearch search = with_limit(1000);
  search.changed = [](const RunSpec& spec, Result& result) {
    set_late_turns(result, 0);
    if (!spec.plan.rate || load_of(spec) < 30) return;
    result.verdict.validity = Validity::kInvalid;
    result.verdict.reasons = {"INVALID: cpu"};
  };
  const LimitSearch found = search.find();
  EXPECT_THAT(found, finds({20, {}, SearchEnd::kToolLimit}));
  const auto invalid = std::ranges::find(found.points, PointJudgement::kInvalid, &LimitPoint::judged);
  ASSERT_NE(invalid, found.points.end());
  EXPECT_EQ(invalid->runs.size(), 2U) << "what the machine disturbed is tried once more";
  EXPECT_EQ(invalid->why, "INVALID: cpu");
}

TEST(FindLimit, EndsSoonWhereTheToolIsTheLimitOfEveryLoad) {
  VirtualSearch search = with_limit(1000);
  search.options.first = 80;
  search.changed = [](const RunSpec& spec, Result& result) {
    set_late_turns(result, 0);
    if (spec.plan.blocks) result.verdict.validity = Validity::kInvalid;
  };
  const LimitSearch found = search.find();
  EXPECT_THAT(found, finds({{}, {}, SearchEnd::kToolLimit}));
  EXPECT_EQ(found.points.size(), 4U) << "less load is no remedy";
  EXPECT_THAT(found.ended_why, HasSubstr("this machine, not the target"));
}

TEST(FindLimit, TakesNoRequestOfALateToolForOneOfASlowTarget) {
  for (const bool is_late_twice : {false, true}) {
    VirtualSearch search = with_limit(15);
    search.changed = [&, before = search.changed](const RunSpec& spec, Result& result) {
      before(spec, result);
      if (spec.name != "alone" || (!is_late_twice && !search.specs.empty())) return;
      set_late_turns(result, 100);
      result.verdict.validity = Validity::kInvalid;
    };
    const LimitSearch found = search.find();
    EXPECT_EQ(found.ended_by, SearchEnd::kFound) << found.ended_why;
    EXPECT_EQ(search.specs[1].name, "alone") << "what the machine disturbed is tried once more";
    EXPECT_EQ(found.alone->verdict.validity == Validity::kInvalid, is_late_twice);
  }
}

TEST(FindLimit, GoesOnWhereALoadHasNoTurn) {
  VirtualSearch search = with_limit(1000);
  search.changed = [&, before = search.changed](const RunSpec& spec, Result& result) {
    if (spec.plan.blocks && load_of(spec) < 1) throw Error(ErrorKind::kUsage, "the load has no arrival");
    before(spec, result);
  };
  const LimitSearch swept = sweep(search.options, {0.1, 10}, search.tools);
  EXPECT_THAT(swept, finds({10, {}, SearchEnd::kSwept})) << swept.ended_why;
  EXPECT_EQ(swept.points.front().judged, PointJudgement::kUndecided);
  EXPECT_EQ(swept.points.front().why, "the load has no arrival");
}

TEST(FindLimit, TriesNoLoadOfWhichAPointHasHardlyATurn) {
  VirtualSearch search = with_limit(1000);
  search.options.point_length = 3'000'000;
  search.changed = [](const RunSpec& spec, Result& result) {
    if (spec.plan.blocks) result.verdict.validity = Validity::kInvalid;
  };
  const LimitSearch busy = search.find();
  EXPECT_THAT(busy, finds({{}, {}, SearchEnd::kToolLimit})) << busy.ended_why;
  for (const LimitPoint& point : busy.points) EXPECT_GE(point.load, 3.3);

  VirtualSearch bad = with_limit(0);
  bad.options.point_length = 3'000'000;
  const LimitSearch found = bad.find();
  EXPECT_EQ(found.ended_by, SearchEnd::kLeastFails);
  EXPECT_THAT(found.ended_why, HasSubstr("too short to try a lower load"));
}

TEST(FindLimit, EndsWithItsBudgetAndSaysWhatIsKnown) {
  VirtualSearch search = with_limit(37);
  search.options.budget = 380'000'000;
  const LimitSearch found = search.find();
  EXPECT_EQ(found.ended_by, SearchEnd::kBudget);
  EXPECT_LE(found.took, search.options.budget);
  EXPECT_EQ(found.passes, 20);
  EXPECT_TRUE(found.confirmed) << "time for that is kept";
}

TEST(FindLimit, GivesRequestsThatAreAloneNoMoreThanIsLeft) {
  VirtualSearch search = with_limit(3);
  search.options.budget = 150'000'000;
  search.options.point_length = 60'000'000;
  search.changed = [&search, before = search.changed](const RunSpec& spec, Result& result) {
    before(spec, result);
    if (spec.name != "until it is quiet") return;
    set_late_turns(result, 100);  // until its time is over
    search.now += parse_span(*spec.plan.duration, "--duration") - result.shape.stages.front().duration;
  };
  const LimitSearch found = search.find();
  EXPECT_EQ(found.fails, 10);
  EXPECT_EQ(found.ended_by, SearchEnd::kBudget);
  EXPECT_LE(found.took, search.options.budget);
}

TEST(FindLimit, MeasuresNoBurstForWhichThereIsNoTime) {
  VirtualSearch search = with_limit(37);
  search.options.first = std::nullopt;
  search.options.budget = 16'000'000;
  const LimitSearch found = search.find();
  EXPECT_EQ(search.specs.front().plan.duration, "16000000us") << "all that there is";
  EXPECT_FALSE(found.burst);
  EXPECT_EQ(found.ended_by, SearchEnd::kBudget);
  EXPECT_LE(found.took, search.options.budget);
}

TEST(FindLimit, KnowsWhatItKnewWhenASignalCame) {
  VirtualSearch search = with_limit(37);
  const auto before = search.changed;
  search.changed = [&search, before](const RunSpec& spec, Result& result) {
    before(spec, result);
    if (search.specs.size() == 3) result.ended_by = EndedBy::kInterrupt;
  };
  const LimitSearch found = search.find();
  EXPECT_EQ(found.ended_by, SearchEnd::kInterrupted);
  EXPECT_EQ(found.passes, 20);
  EXPECT_EQ(found.points.back().judged, PointJudgement::kUndecided);
}

TEST(FindLimit, KeepsWhatItKnowsWhenTheTargetGoesAway) {
  VirtualSearch search = with_limit(37);
  search.changed = [&search, before = search.changed](const RunSpec& spec, Result& result) {
    if (search.specs.size() == 3) throw Error(ErrorKind::kFailure, "the target is gone");
    before(spec, result);
  };
  const LimitSearch found = search.find();
  EXPECT_EQ(found.ended_by, SearchEnd::kFault);
  EXPECT_EQ(found.ended_why, "the target is gone");
  EXPECT_EQ(found.passes, 20);
}

TEST(FindLimit, ThrowsWhenNotEvenTheFirstRequestCanBeBegun) {
  VirtualSearch search = with_limit(37);
  search.changed = [](const RunSpec&, Result&) { throw Error(ErrorKind::kFailure, "nobody is there"); };
  EXPECT_THROW(search.find(), Error);
}

TEST(FindLimit, FailsALoadThatTheUsersOwnRuleEnds) {
  VirtualSearch search = with_limit(1000);
  search.changed = [&, before = search.changed](const RunSpec& spec, Result& result) {
    before(spec, result);
    if (!spec.plan.rate || load_of(spec) < 15) return;
    result.ended_by = EndedBy::kAbortRule;
    result.ended_why = "refused_share>5%";
  };
  const LimitSearch found = search.find();
  EXPECT_LT(found.passes.value_or(99), 15);
  EXPECT_THAT(found.points[1].why, HasSubstr("ended by the rule refused_share>5%"));
  EXPECT_EQ(found.broke_first, "") << "no level did";
}

TEST(FindLimit, ReportsWhatDoesNotGrowWorseWithTheLoad) {
  VirtualSearch search = with_limit(1000);
  search.changed = [&](const RunSpec& spec, Result& result) {
    const double load = spec.plan.blocks ? load_of(spec) : 0;
    set_late_turns(result, (load >= 15 && load < 25) ? 50 : 0);
  };
  search.options.first = 40;
  search.options.cap = 40;
  const LimitSearch swept = sweep(search.options, {10, 20, 40}, search.tools);
  EXPECT_THAT(swept, finds({10, 20, SearchEnd::kSwept}));
  ASSERT_EQ(swept.notes.size(), 1U);
  EXPECT_THAT(swept.notes.front(), HasSubstr("40/s passed although 20/s failed"));
}

TEST(FindLimit, FailsALoadThatGrowsThoughItsLevelIsFarAway) {
  const ErlangService service{.slots = 2};
  VirtualSearch search(service.queue(3), {"ttft_p95<1h"});
  search.options.first = 1.3 * service.capacity();
  search.options.point_length = 60'000'000;
  const LimitSearch found = search.find();
  EXPECT_GT(found.fails.value_or(0), 0.9 * service.capacity());
  EXPECT_THAT(found.points.front().why, HasSubstr("more came than was answered"));
  EXPECT_EQ(found.broke_first, "") << "its level was met";
}

TEST(FindLimit, WaitsUntilTheTargetIsQuietAgain) {
  VirtualSearch search = with_limit(15);
  int slow = 0;
  search.changed = [&, before = search.changed](const RunSpec& spec, Result& result) {
    before(spec, result);
    if (spec.name == "until it is quiet" && ++slow <= 2) set_late_turns(result, 100);
  };
  Micros paused = 0;
  search.tools.pause = [&](Micros pause) {
    paused += pause;
    return true;
  };
  EXPECT_TRUE(search.find().notes.empty());
  EXPECT_EQ(paused, 3'000'000);
}

TEST(FindLimit, SaysWhenItsPointsAreTooShort) {
  VirtualSearch search = with_limit(15);
  search.options.point_length = 20'000'000;
  EXPECT_THAT(search.find().notes, ::testing::ElementsAre(HasSubstr("points of 20.0s are too short")));
}

TEST(FindLimit, SaysWhenTheTargetDidNotBecomeQuiet) {
  VirtualSearch search = with_limit(15);
  search.changed = [&, before = search.changed](const RunSpec& spec, Result& result) {
    before(spec, result);
    if (spec.name == "until it is quiet") set_late_turns(result, 100);
  };
  EXPECT_THAT(search.find().notes.front(), HasSubstr("was still slower than at first"));
}

TEST(FindLimit, CountsUsersWhereTheyWaitForTheirAnswers) {
  VirtualSearch search = with_limit(23);
  search.options.axis = LoadAxis::kUsers;
  search.options.plan.think = "2s";
  const LimitSearch found = search.find();
  EXPECT_THAT(found, finds({23, 24, SearchEnd::kFound}));
}

TEST(FindLimit, EndsAHopelessRunEarlyAndCountsWhatWasNotSentAsGood) {
  VirtualSearch search = with_limit(15);
  search.changed = [&, before = search.changed](const RunSpec& spec, Result& result) {
    before(spec, result);
    if (spec.abort_rules.empty() || load_of(spec) <= 15) return;
    EXPECT_EQ(spec.abort_rules, (std::vector<std::string>{"ttft_p50>300000us", "error_share>50%"}));
    result.ended_by = EndedBy::kAbortRule;
    result.ended_why = spec.abort_rules.front();
    result.summary.whole.to = 33'000'000;  // of 60 s: half of half of the turns were late
  };
  const LimitSearch found = search.find();
  EXPECT_LE(found.passes.value_or(99), 15);
  EXPECT_GT(found.fails.value_or(0), 15);
  const auto failed = std::ranges::find(found.points, PointJudgement::kFailed, &LimitPoint::judged);
  EXPECT_THAT(failed->why, HasSubstr("was missed so clearly that the run was ended early"));
  EXPECT_EQ(found.broke_first, "ttft_p95<300ms");
}

}  // namespace
}  // namespace wsdeep::load

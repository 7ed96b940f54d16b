#include "load/report/limit_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/load_searches.h"

namespace wsdeep::load {
namespace {

using testing::full_search;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string told(const LimitSearch& search) {
  return text_report(search, {});
}

TEST(LimitText, FitsIntoEightyColumns) {
  std::size_t from = 0;
  const std::string text = told(full_search());
  for (std::size_t end = text.find('\n'); end != std::string::npos; from = end + 1, end = text.find('\n', from))
    EXPECT_LE(end - from, 80U) << text.substr(from, end - from);
}

TEST(LimitText, SaysWhatIsKnownOfWhatEndedEarly) {
  LimitSearch search = full_search();
  search.fails.reset();
  search.confirmed = false;
  search.ended_by = SearchEnd::kAtCap;
  search.ended_why = "stopped at --max-rate";
  EXPECT_THAT(told(search), HasSubstr("at least 10/s: nothing that was tried failed"));
  EXPECT_THAT(told(search), HasSubstr("10/s did not get to pass a second time"));
  EXPECT_THAT(told(search), HasSubstr("raise --max-rate"));
  search.passes.reset();
  search.fails = 20;
  search.ended_by = SearchEnd::kInterrupted;
  EXPECT_THAT(told(search), HasSubstr("20/s fails; nothing that was tried passed"));
  EXPECT_THAT(told(search), HasSubstr("ended early: interrupted"));
  EXPECT_THAT(told(LimitSearch{}), HasSubstr("no load was tried"));
}

TEST(LimitText, SaysWhenTheMachineWasTheLimitAndNothingIsKnownOfTheTarget) {
  LimitSearch search = full_search();
  search.passes = search.fails = std::nullopt;
  search.confirmed = false;
  for (LimitPoint& point : search.points) point.judged = PointJudgement::kInvalid;
  for (const SearchEnd end : {SearchEnd::kToolLimit, SearchEnd::kBudget}) {
    search.ended_by = end;
    const std::string text = told(search);
    EXPECT_THAT(text, StartsWith("INVALID  llm load test"));
    EXPECT_THAT(text, HasSubstr("no load could be decided: this machine, not the target, was the limit"));
    EXPECT_THAT(text, HasSubstr("one that does nothing else"));
    EXPECT_THAT(text, Not(HasSubstr("a longer --find-limit-for")));
  }
}

TEST(LimitText, SaysWhenNothingThatWasWatchedWasNearItsLimit) {
  LimitSearch search = full_search();
  search.near_limit.clear();
  EXPECT_THAT(told(search), HasSubstr("nothing that was watched was near its limit"));
}

TEST(LimitText, SaysHowToNarrowAWideInterval) {
  EXPECT_THAT(told(full_search()), HasSubstr("a longer --find-limit-for"));
  LimitSearch search = full_search();
  search.fails = 10.5;
  EXPECT_THAT(told(search), Not(HasSubstr("a longer --find-limit-for")));
}

}  // namespace
}  // namespace wsdeep::load

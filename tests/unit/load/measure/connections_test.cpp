#include "load/measure/connections.h"

#include <gtest/gtest.h>

namespace wsdeep::load {
namespace {

constexpr Micros kConnectionMs = 1'000;

ConnectionRecord opened_connection(std::uint64_t session, Micros begin, Micros opened) {
  return {.session = session, .intended = begin, .begin = begin, .opened = opened};
}

ConnectionRecord ended(ConnectionRecord record, Micros closed, int code, const std::string& why, bool by_peer) {
  record.closed = closed;
  record.close_code = code;
  record.reason = why;
  record.closed_by_peer = by_peer;
  return record;
}

ConnectionRecord returned(ConnectionRecord record) {
  record.again = true;
  return record;
}

TEST(ConnectionFigures, AreNothingWithoutConnections) {
  const ConnectionFigures figures = connection_figures({}, {});
  EXPECT_EQ(figures.sessions, 0u);
  EXPECT_FALSE(figures.full_after);
}

TEST(ConnectionFigures, SayHowManyWereOpenAtOnceAndWhenAllWere) {
  const ConnectionFigures figures = connection_figures({opened_connection(0, 100 * kConnectionMs, 110 * kConnectionMs),
                                                        opened_connection(2, 300 * kConnectionMs, 360 * kConnectionMs),
                                                        opened_connection(1, 200 * kConnectionMs, 210 * kConnectionMs)},
                                                       {});
  EXPECT_EQ(figures.sessions, 3u);
  EXPECT_EQ(figures.opened, 3u);
  EXPECT_EQ(figures.peak_open, 3u);
  EXPECT_EQ(figures.full_after, 260 * kConnectionMs);
  EXPECT_EQ(figures.most_opened_in_a_second, 3u);
}

TEST(ConnectionFigures, AreNeverFullWhenOneWasRefused) {
  ConnectionRecord refused{.session = 1, .intended = 0, .begin = 0, .status = 429, .reason = "http 429"};
  const ConnectionFigures figures = connection_figures({opened_connection(0, 0, 10 * kConnectionMs), refused}, {});
  EXPECT_EQ(figures.opened, 1u);
  EXPECT_EQ(figures.failed, (std::map<std::string, std::uint64_t>{{"http 429", 1}}));
  EXPECT_FALSE(figures.full_after);
}

TEST(ConnectionFigures, SayWhichEndedByThemselvesWhenAndWhy) {
  const ConnectionFigures figures = connection_figures(
      {ended(opened_connection(0, 0, 10 * kConnectionMs), 610 * kConnectionMs, 1001, "Going away", true),
       ended(opened_connection(1, 5 * kConnectionMs, 15 * kConnectionMs), 620 * kConnectionMs, 1001, "Going away",
             true),
       ended(opened_connection(2, 5 * kConnectionMs, 15 * kConnectionMs), 100 * kConnectionMs, 1006, "broke", true),
       ended(opened_connection(3, 5 * kConnectionMs, 15 * kConnectionMs), 900 * kConnectionMs, 1000,
             "the connection was closed (1000)", false)},
      {});
  ASSERT_EQ(figures.own_ends.size(), 2u);
  EXPECT_EQ(figures.own_ends[0].close_code, 1001);
  EXPECT_EQ(figures.own_ends[0].connections, 2u);
  EXPECT_EQ(figures.own_ends[0].first, 610 * kConnectionMs);
  EXPECT_EQ(figures.own_ends[0].last, 620 * kConnectionMs);
  EXPECT_EQ(figures.own_ends[0].lifetimes.min(), 600 * kConnectionMs);
  EXPECT_EQ(figures.own_ends[1].why, "broke");
  EXPECT_EQ(figures.lifetimes.count(), 4u);
}

/// Two sessions that a storm took at 1 s: one came back after 300 ms, the other at its second attempt.
std::vector<ConnectionRecord> storm_of_two() {
  ConnectionRecord failed =
      returned({.session = 1, .begin = 1'200 * kConnectionMs, .status = 429, .reason = "http 429"});
  failed.intended = failed.begin;
  ConnectionRecord first = returned(opened_connection(0, 1'250 * kConnectionMs, 1'300 * kConnectionMs));
  first.resumed = true;
  return {ended(opened_connection(0, 0, 10 * kConnectionMs), 1'000 * kConnectionMs, 1006, kStorm, false),
          ended(opened_connection(1, 0, 10 * kConnectionMs), 1'001 * kConnectionMs, 1006, kStorm, false), first, failed,
          returned(opened_connection(1, 2'100 * kConnectionMs, 2'150 * kConnectionMs))};
}

TEST(ConnectionFigures, FollowAStormUntilAllAreBack) {
  const StormMark mark{.at = 1'000 * kConnectionMs, .turns = {.under_way = 2, .answered = 1, .lost = 1}};
  const ConnectionFigures figures = connection_figures(storm_of_two(), {mark});
  EXPECT_EQ(figures.opened, 2u);
  EXPECT_EQ(figures.opened_again, 2u);
  ASSERT_EQ(figures.storms.size(), 1u);
  const Storm& storm = figures.storms[0];
  EXPECT_EQ(storm.at, 1'000 * kConnectionMs);
  EXPECT_EQ(storm.lost, 2u);
  EXPECT_EQ(storm.back, 2u);
  EXPECT_EQ(storm.resumed, 1u);
  EXPECT_EQ(storm.all_back, 1'150 * kConnectionMs);
  EXPECT_EQ(storm.attempts, 3u);
  EXPECT_EQ(storm.most_in_a_second, 3u);
  EXPECT_EQ(storm.failed, (std::map<std::string, std::uint64_t>{{"http 429", 1}}));
  EXPECT_EQ(storm.turns.lost, 1u);
}

TEST(ConnectionFigures, GiveAReturnToTheStormThatTookTheSession) {
  const ConnectionFigures figures = connection_figures(
      storm_of_two(), {StormMark{.at = 1'000 * kConnectionMs}, StormMark{.at = 2'000 * kConnectionMs}});
  ASSERT_EQ(figures.storms.size(), 2u);
  EXPECT_EQ(figures.storms[0].back, 2u);
  EXPECT_EQ(figures.storms[0].all_back, 1'150 * kConnectionMs);
  EXPECT_EQ(figures.storms[1].lost, 0u);
  EXPECT_FALSE(figures.storms[1].all_back);
}

TEST(ConnectionFigures, DoNotSayThatAllAreBackWhenOneIsNot) {
  std::vector<ConnectionRecord> records = storm_of_two();
  records.pop_back();
  const ConnectionFigures figures = connection_figures(records, {StormMark{.at = 1'000 * kConnectionMs}});
  EXPECT_EQ(figures.storms[0].lost, 2u);
  EXPECT_EQ(figures.storms[0].back, 1u);
  EXPECT_FALSE(figures.storms[0].all_back);
}

}  // namespace
}  // namespace wsdeep::load

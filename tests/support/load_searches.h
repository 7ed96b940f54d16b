#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "load/report/limit_search.h"
#include "support/load_results.h"

/// Searches for a limit, for whatever tells them.
namespace wsdeep::testing {

/// A run of so many turns, so many of which came late.
inline load::Result run_with_late_turns(std::uint64_t late, std::uint64_t turns, double goodput) {
  load::Result run = empty_result();
  load::Slice& whole = run.summary.whole;
  whole.name = "all";
  whole.to = 30'000'000;
  whole.sent_rate = whole.intended_rate = static_cast<double>(turns) / 30;
  whole.goodput = goodput;
  whole.mean_in_flight = goodput / 10;
  whole.tally.attempts = turns;
  whole.tally.good = turns - late;
  whole.tally.slow = late;
  load::Distribution& ttft = metric_of(whole, load::Metric::kTtft);
  ttft.of = turns;
  ttft.values.record(100'000, turns - late);
  if (late > 0) ttft.values.record(900'000, late);
  return run;
}

inline load::LimitPoint point_with(double at, load::TriedFor why, load::PointJudgement judged, load::Result run,
                                   std::uint64_t late, double low, double high) {
  load::LimitPoint point{.load = at, .tried_for = why, .runs = {std::move(run)}, .levels = {}, .judged = judged};
  const auto judgement = judged == load::PointJudgement::kPassed ? load::Judgement::kMet : load::Judgement::kMissed;
  point.levels = {{"ttft_p95<300ms", late, 300, 0.05, low, high, 1.5, judgement}};
  return point;
}

/// A search of which everything is known.
inline load::LimitSearch full_search() {
  using load::PointJudgement;
  using load::TriedFor;
  load::LimitSearch search;
  search.id = "5e1f";
  search.kind = "llm";
  search.target = "grpc://127.0.0.1:18932";
  search.version = "0.1.0";
  search.started = from_epoch_ms(1'700'000'000'250);
  search.levels = {"ttft_p95<300ms", "error_share<1%"};
  search.confidence = 0.975;
  search.precision = 0.05;
  search.cap = 1000;
  search.budget = 1'200'000'000;
  search.took = 305'000'000;
  search.alone = run_with_late_turns(0, 3, 1);
  search.burst = run_with_late_turns(30, 90, 20);
  search.points = {
      point_with(10, TriedFor::kFirst, PointJudgement::kPassed, run_with_late_turns(3, 300, 9.9), 3, 0.002, 0.03),
      point_with(20, TriedFor::kDoubling, PointJudgement::kFailed, run_with_late_turns(80, 300, 7.3), 80, 0.2, 0.34),
      {.load = 14.14,
       .tried_for = TriedFor::kBisection,
       .runs = {run_with_late_turns(1, 300, 14)},
       .levels = {},
       .judged = PointJudgement::kInvalid,
       .why = "INVALID: turns were sent late"},
      point_with(10, TriedFor::kConfirmation, PointJudgement::kPassed, run_with_late_turns(7, 300, 9.7), 7, 0.01, 0.04),
  };
  search.points[1].why = "ttft_p95<300ms is missed: 80 of 300 are beyond it (26.7 %, at least 20 %; 5 % allowed)";
  search.passes = 10;
  search.fails = 20;
  search.confirmed = true;
  search.broke_first = "ttft_p95<300ms";
  search.near_limit = {{"slots of n1", "2.5 turns for each at most, 1.2 in the mean; 12 queued at most"}};
  search.notes = {"after 20/s one request alone was still slower than at first"};
  return search;
}

}  // namespace wsdeep::testing

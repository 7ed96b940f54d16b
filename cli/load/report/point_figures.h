#pragma once

#include <cstdint>

#include "load/report/limit_search.h"

/// What every form of a search says of a point. Private to report/.
namespace wsdeep::load {

/// Turns and times of all its runs together, as its levels have them; rates of the last, which is the longest.
struct PointFigures {
  explicit PointFigures(const LimitPoint& point) {
    for (const Result& run : point.runs) add(run.summary.whole);
  }

  std::uint64_t attempts = 0;
  Distribution ttft;
  Distribution e2e;
  double sent_rate = 0;
  double goodput = 0;
  double in_flight = 0;

 private:
  void add(const Slice& run) {
    attempts += run.tally.attempts;
    ttft.add(run.of(Metric::kTtft));
    e2e.add(run.of(Metric::kE2e));
    sent_rate = run.sent_rate;
    goodput = run.goodput;
    in_flight = run.mean_in_flight;
  }
};

}  // namespace wsdeep::load

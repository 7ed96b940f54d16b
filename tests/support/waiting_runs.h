#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/dice.h"
#include "load/plan/draw.h"
#include "load/plan/schedule.h"
#include "load/plan/words.h"
#include "load/runs.h"
#include "support/erlang_service.h"
#include "support/load_results.h"

namespace wsdeep::testing {

/// Runs of a queue of which nothing is measured but when texts came: a tenth of the cost of LoadQueue's, for questions
/// that need hundreds of searches.
class WaitingRuns {
 public:
  WaitingRuns(const ErlangService& service, std::uint64_t seed) : service_(service), seed_(seed) {}

  load::Result operator()(const load::RunSpec& spec) {
    ++runs_;
    if (spec.plan.concurrency) return alone();
    const double rate = load::parse_rate(*spec.plan.rate, "--rate");
    const load::Micros length = load::parse_span(*spec.plan.duration, "--duration");
    return run(rate, length, static_cast<int>(spec.plan.blocks.value_or(1)));
  }

 private:
  load::Result alone() const {
    load::Result result = empty_result();
    const auto to_first = static_cast<std::int64_t>(service_.share_to_first * static_cast<double>(service_.mean));
    metric_of(result.summary.whole, load::Metric::kTtft) = {histogram_with({to_first}), {}, 1};
    metric_of(result.summary.whole, load::Metric::kE2e) = {histogram_with({service_.mean}), {}, 1};
    result.summary.whole.tally.attempts = result.summary.whole.tally.good = 1;
    return result;
  }

  /// The first block is the warm-up.
  load::Result run(double rate, load::Micros length, int blocks) const {
    const load::Schedule schedule =
        load::make_schedule({.stages = {{"1", length, rate, rate}}, .seed = seed_of(seed_, runs_, 1)});
    LongDice dice(seed_of(seed_, runs_, 2));
    std::vector<double> takes;
    const std::vector<double> begins = slot_times(schedule, service_.slots, [&] {
      takes.push_back(load::draw_exponential(dice) * static_cast<double>(service_.mean));
      return takes.back();
    });
    load::Result result = empty_result();
    result.shape.stages = schedule.stages;
    result.summary.whole.to = length;
    result.summary.stages.resize(static_cast<std::size_t>(blocks));
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const load::Micros intended = schedule.arrivals[i].intended;
      const auto block = static_cast<std::size_t>(intended * blocks / length);
      const double waited = begins[i] - static_cast<double>(intended);
      const double block_length = static_cast<double>(length) / blocks;
      result.summary.stages[block].mean_in_flight += (waited + takes[i]) / block_length;
      if (block > 0) add(result, block, static_cast<std::int64_t>(waited + service_.share_to_first * takes[i]));
    }
    return result;
  }

  static void add(load::Result& result, std::size_t block, std::int64_t first) {
    for (load::Slice* slice : {&result.summary.whole, &result.summary.stages[block]}) {
      load::Distribution& ttft = metric_of(*slice, load::Metric::kTtft);
      ttft.values.record(first);
      ++ttft.of;
      ++slice->tally.attempts;
      ++slice->tally.good;
    }
  }

  ErlangService service_;
  std::uint64_t seed_;
  std::uint64_t runs_ = 0;
};

}  // namespace wsdeep::testing

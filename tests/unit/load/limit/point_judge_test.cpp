#include "load/limit/point_judge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/dice.h"
#include "load/limit/point_length.h"
#include "load/plan/draw.h"
#include "support/erlang_service.h"
#include "support/load_results.h"

// Whether what is said of a load at its knee is wrong as seldom as it may be. Turns of a queue share their fate with
// their neighbours: what holds for independent ones holds for none of this.

namespace wsdeep::load {
namespace {

using testing::ErlangService;

constexpr double kWrongBound = 0.025;
constexpr int kLooksAtPoint = 3;

/// A run in which nothing is known but when texts came.
class WaitingRun {
 public:
  WaitingRun(const ErlangService& service, double rate, Micros length, std::uint64_t seed)
      : length_(length), service_(service), dice_(seed_of(seed, 1)) {
    schedule_ = make_schedule({.stages = {{"1", length, rate, rate}}, .seed = seed_of(seed, 2)});
  }

  Result result() {
    Result result = testing::empty_result();
    result.summary.stages.resize(kPointBlocks);
    result.summary.whole.to = length_;
    std::vector<double> takes;
    const std::vector<double> begins = testing::slot_times(schedule_, service_.slots, [&] {
      takes.push_back(draw_exponential(dice_) * static_cast<double>(service_.mean));
      return takes.back();
    });
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const Micros intended = schedule_.arrivals[i].intended;
      const double first = begins[i] + service_.share_to_first * takes[i] - static_cast<double>(intended);
      add(result, static_cast<std::size_t>(intended * kPointBlocks / length_), static_cast<std::int64_t>(first));
    }
    return result;
  }

 private:
  /// The first block is the warm-up.
  static void add(Result& result, std::size_t block, std::int64_t first) {
    if (block == 0) return;
    for (Slice* slice : {&result.summary.whole, &result.summary.stages[block]}) {
      testing::metric_of(*slice, Metric::kTtft).values.record(first);
      ++testing::metric_of(*slice, Metric::kTtft).of;
      ++slice->tally.attempts;
    }
  }

  Micros length_;
  const ErlangService& service_;
  LongDice dice_;
  Schedule schedule_;
};

struct Verdicts {
  double passed = 0;  ///< in percent
  double failed = 0;
};

/// What is said of that many loads, each looked at as a search does.
Verdicts verdicts_at(const ErlangService& service, const Level& level, double rate, int loads) {
  Verdicts verdicts;
  for (int one = 0; one < loads; ++one) {
    LimitPoint point;
    Micros length = point_length({level}, rate, service.mean);
    for (int look = 0; look < kLooksAtPoint && point.judged == PointJudgement::kUndecided; ++look, length *= 2) {
      const auto seed = static_cast<std::uint64_t>(one * kLooksAtPoint + look);
      point.runs.push_back(WaitingRun(service, rate, length, seed).result());
      judge_point(point, {level}, kWrongBound / kLooksAtPoint);
    }
    verdicts.passed += point.judged == PointJudgement::kPassed ? 100.0 / loads : 0;
    verdicts.failed += point.judged == PointJudgement::kFailed ? 100.0 / loads : 0;
  }
  return verdicts;
}

TEST(PointJudge, IsSeldomWrongAtTheKneeAndHardlyEverBeyondIt) {
  struct Row {
    int slots;
    const char* level;
    double seconds;
    double share;
  };
  for (const Row& row : {Row{8, "ttft_p90<250ms", 0.25, 0.1}, Row{8, "ttft_p95<300ms", 0.3, 0.05},
                         Row{8, "ttft_p99<500ms", 0.5, 0.01}, Row{32, "ttft_p95<250ms", 0.25, 0.05}}) {
    const ErlangService service{.slots = row.slots};
    const Level level = parse_level(row.level);
    const double knee = service.knee(row.seconds, row.share);
    fmt::print("{} slots, {}: knee {:.3f}", row.slots, row.level, knee / service.capacity());
    for (const double part : {0.8, 0.9, 0.95, 1.0, 1.05, 1.1}) {
      if (part * knee > 0.99 * service.capacity()) continue;
      const Verdicts verdicts = verdicts_at(service, level, part * knee, 40);
      fmt::print("  {:.2f}: {:.0f} passed, {:.0f} failed", part, verdicts.passed, verdicts.failed);
      EXPECT_LE(verdicts.passed, part > 1 ? 15 : part == 1 ? 35 : 100) << row.level << " at " << part;
      EXPECT_LE(verdicts.failed, part < 1 ? 5 : part == 1 ? 10 : 100) << row.level << " at " << part;
    }
    fmt::print("\n");
  }
}

}  // namespace
}  // namespace wsdeep::load

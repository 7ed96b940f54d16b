#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "base/dice.h"
#include "load/measure/levels.h"
#include "load/measure/recorder.h"
#include "load/plan/draw.h"
#include "load/plan/plan.h"
#include "load/report/result.h"
#include "load/runs.h"
#include "load/watch/judge.h"
#include "support/memory_files.h"

/// A service in virtual time: runs of load tests whose truth is known, as many as a test of statistics wants. Arrivals
/// are those of the real schedule; they wait for one of so many slots, first come first served; what they lived through
/// is told to the real recorder, and judged.
namespace wsdeep::testing {

/// When each arrival gets one of `slots` (Kiefer and Wolfowitz's recursion), in µs. `service` says how long the next
/// one keeps it.
inline std::vector<double> slot_times(const load::Schedule& schedule, int slots,
                                      const std::function<double()>& service) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int slot = 0; slot < slots; ++slot) free_at.push(0);
  std::vector<double> times;
  for (const load::Arrival& arrival : schedule.arrivals) {
    times.push_back(std::max(free_at.top(), static_cast<double>(arrival.intended)));
    free_at.pop();
    free_at.push(times.back() + service());
  }
  return times;
}

enum class ServiceTimes { kFixed, kExponential, kLognormal };

/// How the service answers: a turn takes its slot for `factor` × (prefill + tokens × token), where the factor's mean is
/// 1, and each of its tokens is a piece.
struct QueueService {
  int slots = 4;
  load::Micros prefill = 60'000;
  int tokens = 20;
  load::Micros token = 2'000;
  ServiceTimes times = ServiceTimes::kLognormal;
  double sigma = 0.5;  ///< of the lognormal factor's logarithm
  double slower = 1;   ///< 1.1: all takes 10 % longer
  std::uint64_t seed = 1;

  /// At the mean factor, in µs.
  double mean_service() const { return slower * static_cast<double>(prefill + tokens * token); }
  /// The rate at which the slots are busy for this share of the time.
  double rate_at(double load) const { return load * slots / mean_service() * 1e6; }
};

/// Runs of one service, one after the other. Each draws service times of its own, whatever its schedule.
class LoadQueue {
 public:
  explicit LoadQueue(QueueService service) : service_(service) {}

  /// One whole run, judged as a run on a quiet machine is.
  load::Result run(const load::Plan& plan, const std::vector<load::Level>& levels = {},
                   std::optional<load::Micros> warm_up = std::nullopt) {
    LongDice dice(seed_of(service_.seed, ++runs_, plan.shape.seed));
    load::Recorder recorder({.stages = plan.schedule.stages, .warm_up = warm_up, .levels = levels});
    const load::Micros give_up = plan.schedule.length() + kDrain;
    load::Micros now = plan.schedule.length();
    double flight = 0;
    for (const Stay& stay : stays_in(plan.schedule, dice)) {
      const load::TurnRecord turn = turn_of(stay, give_up);
      const load::Micros over = turn.end == load::kNever ? give_up : turn.end;
      flight += static_cast<double>(over - turn.intended);
      now = std::max(now, over);
      recorder.on_turn(turn);
    }
    load::Result result = result_of(plan);
    result.summary = recorder.summary(now);
    const double mean = flight / static_cast<double>(now);
    result.summary.little = {.in_flight = mean, .rate_times_time = mean, .residual = 0, .allowance = 0.02};
    result.verdict = verdict_of(result, now);
    return result;
  }

 private:
  static constexpr load::Micros kDrain = 30'000'000;
  static constexpr load::Micros kLag = 50;  ///< of the tool itself

  /// A turn in its slot.
  struct Stay {
    const load::Arrival* arrival;
    double begin, end;  ///< µs
    double factor;      ///< of all that it takes
  };

  double factor(LongDice& dice) const {
    if (service_.times == ServiceTimes::kExponential) return load::draw_exponential(dice);
    if (service_.times == ServiceTimes::kFixed) return 1;
    return std::exp(service_.sigma * load::draw_normal(dice) - service_.sigma * service_.sigma / 2);
  }

  /// In the order of their ends. Records are made one by one then: they are large.
  std::vector<Stay> stays_in(const load::Schedule& schedule, LongDice& dice) const {
    std::vector<double> factors;
    const std::vector<double> begins = slot_times(schedule, service_.slots, [&] {
      factors.push_back(factor(dice));
      return factors.back() * service_.mean_service();
    });
    std::vector<Stay> stays;
    for (std::size_t i = 0; i < begins.size(); ++i)
      stays.push_back({&schedule.arrivals[i], begins[i], begins[i] + factors[i] * service_.mean_service(),
                       factors[i] * service_.slower});
    std::ranges::stable_sort(stays, {}, &Stay::end);
    return stays;
  }

  load::TurnRecord turn_of(const Stay& stay, load::Micros give_up) const {
    const load::Arrival& arrival = *stay.arrival;
    load::TurnRecord turn{.index = arrival.index,
                          .stage = arrival.stage,
                          .conversation = arrival.index,
                          .intended = arrival.intended,
                          .send = arrival.intended + kLag,
                          .counted_by = load::TokenCount::kNode};
    for (int token = 1; token <= service_.tokens; ++token) {
      const double at = stay.begin + stay.factor * static_cast<double>(service_.prefill + token * service_.token);
      if (at > static_cast<double>(give_up)) return turn;
      add_token(turn, std::llround(at));
    }
    turn.how = load::TurnEnd::kCompleted;
    turn.end = turn.last;
    return turn;
  }

  static void add_token(load::TurnRecord& turn, load::Micros at) {
    turn.pieces.push_back({at, 1, 4});
    if (turn.first == load::kNever) turn.first = turn.answer = at;
    turn.last = at;
    ++turn.output_tokens;
  }

  load::Result result_of(const load::Plan& plan) const {
    load::Result result;
    result.id = "run" + std::to_string(runs_);
    result.kind = "llm";
    result.target = "grpc://queue";
    result.version = "0";
    result.started = from_epoch_ms(1'700'000'000'000 + static_cast<std::int64_t>(runs_) * 100'000);
    result.shape = plan.shape;
    result.prompts = plan.prompts_in_words;
    result.pacing.planned = result.pacing.begun = plan.schedule.arrivals.size();
    result.pacing.late.record(kLag, result.pacing.begun);
    return result;
  }

  static load::Verdict verdict_of(const load::Result& result, load::Micros now) {
    load::SelfReport self;
    self.to = now;
    self.cores = 2;
    self.wake_lag.record(70, 6000);
    load::RunFacts facts;
    facts.pacing = result.pacing;
    facts.told = result.pacing.begun;
    return load::judge(facts, result.summary, self);
  }

  QueueService service_;
  std::uint64_t runs_ = 0;
};

/// The plan of these words, without any file.
inline load::Plan plan_without_files(const load::PlanOptions& words) {
  MemoryFiles files;
  return load::make_plan(words, files);
}

/// What a series or a search runs on: a service for each side.
inline load::RunOne queue_runs(const std::vector<QueueService>& sides, std::vector<load::Level> levels = {},
                               std::optional<load::Micros> warm_up = std::nullopt) {
  auto queues = std::make_shared<std::vector<LoadQueue>>();
  for (QueueService side : sides) {
    side.seed = seed_of(side.seed, queues->size());  // equal services are not equally lucky
    queues->emplace_back(side);
  }
  return [queues, levels = std::move(levels), warm_up](const load::RunSpec& spec) {
    return queues->at(static_cast<std::size_t>(spec.side))
        .run(plan_without_files(spec.plan), levels, spec.warm_up ? spec.warm_up : warm_up);
  };
}

}  // namespace wsdeep::testing

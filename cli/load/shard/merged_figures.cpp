#include "load/shard/merged_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "load/watch/judge.h"
#include "load/watch/sign.h"

namespace wsdeep::load {
namespace {

void add_sessions(std::optional<SessionFigures>& all, const std::optional<SessionFigures>& one) {
  if (!one) return;
  if (!all) all.emplace();
  all->opened += one->opened;
  all->failed += one->failed;
  all->opened_for_turns += one->opened_for_turns;
  all->lost += one->lost;
}

void add_cancels(std::optional<CancelFigures>& all, const std::optional<CancelFigures>& one) {
  if (!one) return;
  if (!all) all.emplace();
  all->cancelled += one->cancelled;
  all->known += one->known;
  all->resolution = std::max(all->resolution, one->resolution);
  all->slot_seconds += one->slot_seconds;
  if (all->fault.empty()) all->fault = one->fault;
}

void add_pacing(Pacing& all, const Pacing& one) {
  all.planned += one.planned;
  all.begun += one.begun;
  all.late.add(one.late);
}

LittleCheck little_of(const std::vector<Result>& results) {
  LittleCheck all;
  for (const Result& result : results) {
    all.in_flight += result.summary.little.in_flight;
    all.rate_times_time += result.summary.little.rate_times_time;
    all.allowance = std::max(all.allowance, result.summary.little.allowance);
  }
  const double larger = std::max(all.in_flight, all.rate_times_time);
  if (larger > 0) all.residual = std::abs(all.in_flight - all.rate_times_time) / larger;
  return all;
}

/// Its storms to those of the others, each to the one of its number.
void add_storms(std::vector<StormMark>& storms, const PartConnections& part) {
  if (part.records.empty()) return;
  const Micros origin = std::ranges::min(part.records, {}, &ConnectionRecord::intended).intended;
  for (std::size_t i = 0; i < part.figures.storms.size(); ++i) {
    const Storm& storm = part.figures.storms[i];
    const Micros at = origin + storm.at;
    if (i == storms.size()) storms.push_back({.at = at});
    storms[i].at = std::min(storms[i].at, at);
    storms[i].turns.under_way += storm.turns.under_way;
    storms[i].turns.answered += storm.turns.answered;
    storms[i].turns.lost += storm.turns.lost;
  }
}

std::uint64_t told_in(const Summary& summary) {
  return summary.whole.tally.attempts + summary.outside.attempts;
}

/// `INVALID: worker 3: the turns …`
std::string reason_of_worker(int worker, const Signal& signal) {
  return fmt::format("INVALID: worker {}: {} is {}, limit {}: {}", worker, signal.name, signal.value, signal.limit,
                     signal.advice);
}

bool is_broken(const Verdict& verdict, const std::string& name) {
  return std::ranges::any_of(verdict.signals,
                             [&](const Signal& signal) { return signal.broken && signal.name == name; });
}

/// What is broken in the merged figures has been told.
void add_worker_signs(Verdict& verdict, const MergedWorker& worker) {
  const std::string name = fmt::format("worker {}", worker.worker);
  if (!worker.missing.empty()) {
    const std::string advice = "its share of the load is missing in the figures: run it again";
    verdict.signals.push_back({name, "missing", "its shard", advice, true});
    verdict.reasons.push_back(fmt::format("INVALID: {} is missing: {}: {}", name, worker.missing, advice));
  }
  for (const Signal& signal : worker.signals) {
    if (!signal.broken || is_broken(verdict, signal.name)) continue;
    verdict.signals.push_back({name + ": " + signal.name, signal.value, signal.limit, signal.advice, true});
    verdict.reasons.push_back(reason_of_worker(worker.worker, signal));
  }
}

/// The worst clock among the workers whose shares are there; nothing where one of them is not known.
std::optional<Micros> worst_clock(const std::vector<MergedWorker>& workers) {
  Micros worst = 0;
  for (const MergedWorker& worker : workers) {
    if (!worker.missing.empty()) continue;
    if (!worker.clock_error) return std::nullopt;
    worst = std::max(worst, *worker.clock_error);
  }
  return worst;
}

void add_common_start(Verdict& verdict, const std::vector<MergedWorker>& workers, bool one_clock) {
  const std::optional<Micros> worst = worst_clock(workers);
  const bool held = one_clock || (worst && *worst <= kMostClockError);
  const std::string value = one_clock ? "one clock" : worst ? "± " + sign_ms(*worst) : "not known";
  const std::string advice = held ? "" : "keep the workers' clocks in step, by chrony or systemd-timesyncd";
  verdict.signals.push_back({"common_start", value, "± " + sign_ms(kMostClockError), advice, !held});
  if (!held)
    verdict.reasons.push_back(
        fmt::format("INCONCLUSIVE: nobody knows that the workers began together: common_start is {}, limit ± {}: {}",
                    value, sign_ms(kMostClockError), advice));
}

Validity validity_of(const Verdict& verdict) {
  const auto says = [&](std::string_view word) {
    return std::any_of(verdict.reasons.begin(), verdict.reasons.end(),
                       [&](const std::string& reason) { return reason.starts_with(word); });
  };
  return says("INVALID") ? Validity::kInvalid : verdict.reasons.empty() ? Validity::kValid : Validity::kInconclusive;
}

}  // namespace

void merge_figures(Result& merged, const std::vector<Result>& results) {
  for (const Result& result : results) {
    add_pacing(merged.pacing, result.pacing);
    add_sessions(merged.driver.sessions, result.driver.sessions);
    add_cancels(merged.driver.cancels, result.driver.cancels);
    if (merged.driver.engines.empty()) merged.driver.engines = result.driver.engines;
  }
  for (const MergedWorker& worker : merged.workers.value_or(std::vector<MergedWorker>()))
    if (!worker.missing.empty()) merged.pacing.planned += worker.planned;
  merged.summary.little = little_of(results);
}

ConnectionFigures merged_connections(const std::vector<PartConnections>& parts) {
  std::vector<ConnectionRecord> records;
  std::vector<StormMark> storms;
  for (const PartConnections& part : parts) {
    add_storms(storms, part);
    records.insert(records.end(), part.records.begin(), part.records.end());
  }
  return connection_figures(std::move(records), storms);
}

Verdict merged_verdict(const Result& merged, bool one_clock) {
  RunFacts facts;
  facts.closed_loop = merged.shape.concurrency.has_value();
  facts.ended_early = merged.ended_by != EndedBy::kSchedule;
  facts.pacing = merged.pacing;
  facts.told = told_in(merged.summary);
  Verdict verdict = judge_merged(facts, merged.summary);
  const std::vector<MergedWorker> workers = merged.workers.value_or(std::vector<MergedWorker>());
  for (const MergedWorker& worker : workers) add_worker_signs(verdict, worker);
  add_common_start(verdict, workers, one_clock);
  std::stable_partition(verdict.signals.begin(), verdict.signals.end(),
                        [](const Signal& signal) { return signal.broken; });
  verdict.validity = validity_of(verdict);
  return verdict;
}

}  // namespace wsdeep::load

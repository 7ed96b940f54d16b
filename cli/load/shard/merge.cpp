#include "load/shard/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <queue>
#include <string_view>
#include <utility>
#include <variant>

#include "base/error.h"
#include "load/measure/recorder.h"
#include "load/report/json.h"
#include "load/shard/merged_figures.h"

namespace wsdeep::load {
namespace {

/// A worker's share, read to its end once: what is merged after that cannot turn out to be broken.
struct ShardPart {
  int worker = 0;
  std::filesystem::path path;
  ShardClosing closing;
  Result result;
};

[[noreturn]] void refuse_shard(const std::string& cause) {
  throw Error(ErrorKind::kUsage, cause);
}

void check_whose(const ShardOpening& found, const ShardOpening& expected) {
  if (found.version != expected.version)
    refuse_shard(fmt::format("its shard was written by version {}, this is {}", found.version, expected.version));
  if (found.run != expected.run)
    refuse_shard(fmt::format("its shard is of run {}, this is {}", found.run, expected.run));
  if (found.plan != expected.plan) refuse_shard("its shard is of another plan");
  if (found.share != expected.share)
    refuse_shard(fmt::format("its shard is that of worker {} of {}", found.share.worker, found.share.workers));
}

/// Throws Error that says why its share is missing.
ShardPart read_part(const WorkerOutcome& outcome, const ShardOpening& expected, Micros longest) {
  if (!outcome.shard) refuse_shard(outcome.why.empty() ? "it left no shard" : outcome.why);
  ShardReader reader(*outcome.shard);
  check_whose(reader.opening(), expected);
  while (reader.next()) {
  }
  ShardPart part{.worker = expected.share.worker, .path = *outcome.shard, .closing = reader.closing(), .result = {}};
  if (!part.closing.fault.empty()) refuse_shard(part.closing.fault);
  if (part.closing.end > longest) refuse_shard("its run was longer than its plan");
  part.result = read_result(part.closing.result, "its result");
  return part;
}

/// The next record of a shard, which is merged in the order in which turns ended.
struct NextEntry {
  std::size_t part;
  ShardReader::Entry entry;

  /// Connections come as they were told; what never ended was told last.
  Micros at() const {
    const auto* turn = std::get_if<TurnRecord>(&entry);
    return turn == nullptr ? kNever : turn->end == kNever ? std::numeric_limits<Micros>::max() : turn->end;
  }
  bool operator>(const NextEntry& other) const { return std::pair(at(), part) > std::pair(other.at(), other.part); }
};

/// Gives the entries of all parts to `take(part, entry)`, in order.
template <typename Take>
void for_each_entry(const std::vector<ShardPart>& parts, const Take& take) {
  std::vector<ShardReader> readers;
  for (const ShardPart& part : parts) readers.emplace_back(part.path);
  std::priority_queue<NextEntry, std::vector<NextEntry>, std::greater<>> next;
  const auto advance = [&](std::size_t part) {
    if (auto entry = readers[part].next()) next.push({part, *std::move(entry)});
  };
  for (std::size_t part = 0; part < parts.size(); ++part) advance(part);
  while (!next.empty()) {
    const NextEntry entry = next.top();
    next.pop();
    take(entry.part, entry.entry);
    advance(entry.part);
  }
}

/// What all records together say.
struct MergedRecords {
  Summary summary;
  std::vector<PartConnections> connections;  ///< of each part, where sessions were what was to be opened
};

Micros latest(const std::vector<ShardPart>& parts, Micros ShardClosing::*instant) {
  Micros last = 0;
  for (const ShardPart& part : parts) last = std::max(last, part.closing.*instant);
  return last;
}

MergedRecords merge_records(const RecorderOptions& options, const std::vector<ShardPart>& parts) {
  Recorder recorder(options);
  std::vector<PartConnections> connections(parts.size());
  for_each_entry(parts, [&](std::size_t part, const ShardReader::Entry& entry) {
    if (const auto* turn = std::get_if<TurnRecord>(&entry)) return recorder.on_turn(*turn);
    const auto& connection = std::get<ConnectionRecord>(entry);
    recorder.on_connection(connection);
    if (parts[part].result.driver.connections) connections[part].records.push_back(connection);
  });
  for (std::size_t part = 0; part < parts.size(); ++part)
    if (parts[part].result.driver.connections) connections[part].figures = *parts[part].result.driver.connections;
  recorder.end_schedule(latest(parts, &ShardClosing::schedule_end));
  return {recorder.summary(latest(parts, &ShardClosing::end)), std::move(connections)};
}

/// The first part that ended so.
const ShardPart* ended_so(const std::vector<ShardPart>& parts, EndedBy by) {
  const auto part = std::ranges::find(parts, by, [](const ShardPart& one) { return one.result.ended_by; });
  return part == parts.end() ? nullptr : &*part;
}

/// What ended one worker ended the run: the others were interrupted by whoever had them do it.
void tell_end(Result& merged, const std::vector<ShardPart>& parts) {
  if (merged.ended_by != EndedBy::kSchedule) return;
  const auto missing =
      std::ranges::find_if(*merged.workers, [](const MergedWorker& one) { return !one.missing.empty(); });
  const auto tell = [&](EndedBy by, int worker, const std::string& why) {
    merged.ended_by = by;
    merged.ended_why = fmt::format("worker {}: {}", worker, why);
  };
  if (const ShardPart* fault = ended_so(parts, EndedBy::kFault))
    tell(EndedBy::kFault, fault->worker, fault->result.ended_why);
  else if (const ShardPart* abort = ended_so(parts, EndedBy::kAbortRule))
    tell(EndedBy::kAbortRule, abort->worker, abort->result.ended_why);
  else if (const ShardPart* cut = ended_so(parts, EndedBy::kInterrupt)) {
    if (missing == merged.workers->end())
      tell(EndedBy::kInterrupt, cut->worker, cut->result.ended_why);
    else
      tell(EndedBy::kWorkerLost, missing->worker, missing->missing);
  }
}

MergedWorker worker_of(const ShardPart& part) {
  return {.worker = part.worker,
          .planned = part.result.pacing.planned,
          .begun = part.result.pacing.begun,
          .clock_error = part.closing.clock.most,
          .clock_known_by = part.closing.clock.known_by,
          .signals = part.result.verdict.signals};
}

std::vector<Result> parts_results(const std::vector<ShardPart>& parts) {
  std::vector<Result> results;
  for (const ShardPart& part : parts) results.push_back(part.result);
  return results;
}

}  // namespace

Result merge_shards(const MergedRun& run, const std::vector<WorkerOutcome>& outcomes) {
  std::vector<ShardPart> parts;
  std::vector<MergedWorker> workers;
  for (std::size_t worker = 0; worker < outcomes.size(); ++worker) {
    ShardOpening expected = run.opening;
    expected.share.worker = static_cast<int>(worker);
    try {
      workers.push_back(worker_of(parts.emplace_back(read_part(outcomes[worker], expected, run.longest))));
    } catch (const Error& error) {
      workers.push_back(
          {.worker = static_cast<int>(worker), .missing = error.what(), .planned = expected.share.of(run.planned)});
    }
  }
  if (parts.empty())
    throw Error(ErrorKind::kFailure, fmt::format("no worker has sent anything; worker 0: {}", workers.front().missing),
                "to be ready for the common start, as on a busy machine, they get more time by --start-in");
  Result merged = run.head;
  merged.workers = std::move(workers);
  tell_end(merged, parts);
  MergedRecords records = merge_records(run.recorder, parts);
  merged.summary = std::move(records.summary);
  merge_figures(merged, parts_results(parts));
  if (parts.front().result.driver.connections) merged.driver.connections = merged_connections(records.connections);
  merged.verdict = merged_verdict(merged, run.one_clock);
  return merged;
}

}  // namespace wsdeep::load

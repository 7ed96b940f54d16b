// What a load test's files cost: a line of the records is made while the run goes on (`BM_TurnLine`, by frames with
// text in the answer), and so is a worker's shard (`BM_WriteShard`, of turns of 100 tokens), all others after it.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "load/report/csv.h"
#include "load/report/hdr_histogram.h"
#include "load/report/json.h"
#include "load/report/prometheus.h"
#include "load/report/records_file.h"
#include "load/shard/shard_file.h"
#include "support/load_results.h"
#include "support/shards.h"
#include "support/temporary_folder.h"

namespace wsdeep::load {
namespace {

void BM_TurnLine(benchmark::State& state) {
  TurnRecord record;
  record.node = "n1";
  for (Micros i = 0; i < state.range(0); ++i) {
    record.pieces.push_back({10'000'000 + 18'600 * i, 1, 5});
    record.token_offsets_us.push_back(static_cast<std::uint32_t>(18'600 * i));
  }
  std::size_t bytes = 0;
  for (auto _ : state) bytes += turn_json(record).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(BM_TurnLine)->Arg(0)->Arg(20)->Arg(300);

Histogram latencies() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> size(11, 1);
  Histogram made;
  for (int i = 0; i < 100'000; ++i) made.record(static_cast<std::int64_t>(size(random)));
  return made;
}

void BM_EncodeHistogram(benchmark::State& state) {
  const Histogram histogram = latencies();
  for (auto _ : state) benchmark::DoNotOptimize(encode_histogram(histogram));
}
BENCHMARK(BM_EncodeHistogram);

void BM_DecodeHistogram(benchmark::State& state) {
  const std::string text = encode_histogram(latencies());
  for (auto _ : state) benchmark::DoNotOptimize(decode_histogram(text));
}
BENCHMARK(BM_DecodeHistogram);

/// Five stages, three nodes, every metric, an hour of seconds.
Result large_result() {
  Result result = testing::full_result();
  Slice slice = testing::full_slice("n");
  for (Distribution& metric : slice.metrics) metric = {latencies(), {}, 100'000};
  result.summary.whole = slice;
  result.summary.stages.assign(5, slice);
  result.summary.nodes.assign(3, slice);
  result.summary.seconds.assign(3600, result.summary.seconds.front());
  return result;
}

void BM_WriteResult(benchmark::State& state) {
  const Result result = large_result();
  for (auto _ : state) benchmark::DoNotOptimize(result_json(result));
}
BENCHMARK(BM_WriteResult)->Unit(benchmark::kMillisecond);

void BM_ReadResult(benchmark::State& state) {
  const std::string text = result_json(large_result());
  for (auto _ : state) benchmark::DoNotOptimize(read_result(text, "run.json"));
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size() * state.iterations()));
}
BENCHMARK(BM_ReadResult)->Unit(benchmark::kMillisecond);

void BM_WriteCsvAndPrometheus(benchmark::State& state) {
  const Result result = large_result();
  for (auto _ : state) {
    benchmark::DoNotOptimize(result_csv(result));
    benchmark::DoNotOptimize(result_prometheus(result));
  }
}
BENCHMARK(BM_WriteCsvAndPrometheus)->Unit(benchmark::kMillisecond);

/// An answer of 100 tokens, one in each message, with the times that the node stamped: 18.6 ms apart, ± 20 %.
TurnRecord turn_of_100_tokens(std::uint64_t index, std::mt19937_64& random) {
  std::uniform_int_distribution<Micros> gap(14'900, 22'300), lag(100, 400);
  TurnRecord turn;
  turn.index = turn.conversation = index;
  turn.intended = static_cast<Micros>(index) * 50'000;
  turn.send = turn.intended + lag(random);
  turn.how = TurnEnd::kCompleted;
  turn.node = "n1";
  turn.counted_by = TokenCount::kUsage;
  turn.output_tokens = 100;
  turn.prompt_tokens = 200;
  turn.queue_us = lag(random);
  turn.prefill_us = 150'000 + gap(random);
  turn.arrived_at = turn.send + lag(random);
  Micros offset = *turn.prefill_us;
  for (int i = 0; i < 100; ++i, offset += gap(random)) {
    turn.token_offsets_us.push_back(static_cast<std::uint32_t>(offset));
    turn.pieces.push_back({*turn.arrived_at + offset + lag(random), 1, 3 + static_cast<std::uint32_t>(random() % 6)});
  }
  turn.first = turn.answer = turn.pieces.front().at;
  turn.last = turn.pieces.back().at;
  turn.end = turn.last + lag(random);
  turn.bytes_sent = 900;
  turn.bytes_received = 4000 + random() % 300;
  turn.messages_received = 101;
  return turn;
}

constexpr std::uint64_t kShardTurns = 2000;

std::vector<TurnRecord> turns_of_a_shard() {
  std::mt19937_64 random(1);
  std::vector<TurnRecord> turns;
  for (std::uint64_t i = 0; i < kShardTurns; ++i) turns.push_back(turn_of_100_tokens(i, random));
  return turns;
}

void write_shard(const std::filesystem::path& path, const std::vector<TurnRecord>& turns) {
  ShardFile shard(path, testing::some_opening(0, 2));
  shard.on_begin(0);
  for (const TurnRecord& turn : turns) shard.on_turn(turn);
  shard.on_over(turns.back().intended, turns.back().end);
  shard.finish({.result = testing::result_of_share()});
}

/// `turn_bytes`: of the file, for each.
void BM_WriteShard(benchmark::State& state) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "0.shard";
  const std::vector<TurnRecord> turns = turns_of_a_shard();
  for (auto _ : state) write_shard(path, turns);
  state.SetItemsProcessed(static_cast<std::int64_t>(kShardTurns * state.iterations()));
  state.counters["turn_bytes"] = static_cast<double>(std::filesystem::file_size(path)) / kShardTurns;
}
BENCHMARK(BM_WriteShard)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_ReadShard(benchmark::State& state) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "0.shard";
  write_shard(path, turns_of_a_shard());
  for (auto _ : state) {
    ShardReader reader(path);
    while (auto entry = reader.next()) benchmark::DoNotOptimize(entry);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kShardTurns * state.iterations()));
}
BENCHMARK(BM_ReadShard)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wsdeep::load

// What a load test's files cost: a line of the records is made while the run goes on (`BM_TurnLine`, by frames with
// text in the answer), all others after it.

#include <benchmark/benchmark.h>

#include <random>
#include <string>

#include "load/report/csv.h"
#include "load/report/hdr_histogram.h"
#include "load/report/json.h"
#include "load/report/prometheus.h"
#include "load/report/records_file.h"
#include "support/load_results.h"

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

}  // namespace
}  // namespace wsdeep::load

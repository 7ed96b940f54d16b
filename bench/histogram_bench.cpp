// What it costs to count a value, to merge a shard and to ask for a percentile. `BM_Record` is ns for one value.

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "load/measure/histogram.h"

namespace wsdeep::load {
namespace {

std::vector<std::int64_t> sample() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> size(11, 1);
  std::vector<std::int64_t> values(1 << 14);
  for (std::int64_t& value : values) value = static_cast<std::int64_t>(size(random));
  return values;
}

Histogram histogram_of_sample() {
  Histogram histogram;
  for (const std::int64_t value : sample()) histogram.record(value);
  return histogram;
}

void BM_Record(benchmark::State& state) {
  const std::vector<std::int64_t> values = sample();
  Histogram histogram;
  std::size_t next = 0;
  for (auto _ : state) histogram.record(values[next++ % (1 << 14)]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(BM_Record);

void BM_Add(benchmark::State& state) {
  const Histogram shard = histogram_of_sample();
  Histogram sum = shard;
  for (auto _ : state) sum.add(shard);
  benchmark::DoNotOptimize(sum.count());
}
BENCHMARK(BM_Add);

void BM_Quantile(benchmark::State& state) {
  const Histogram histogram = histogram_of_sample();
  for (auto _ : state) benchmark::DoNotOptimize(histogram.quantile(0.99));
}
BENCHMARK(BM_Quantile);

}  // namespace
}  // namespace wsdeep::load

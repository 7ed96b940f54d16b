// What a token costs in metrics: the node's token path calls CallMeter::produced once for each piece of an answer.
#include <benchmark/benchmark.h>

#include "llm/node/metrics.h"
#include "llm/node/metrics_page.h"

namespace {

using wsdeep::SteadyTime;
using wsdeep::llm::CallMeter;
using wsdeep::llm::NodeMetrics;

NodeMetrics& metrics() {
  static NodeMetrics all;
  return all;
}

void measure_token(benchmark::State& state) {
  CallMeter meter(metrics());
  meter.arrived(std::chrono::steady_clock::now());
  for (auto _ : state) meter.produced(1, std::chrono::steady_clock::now());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(measure_token)->Threads(1)->Threads(2);

void read_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(std::chrono::steady_clock::now());
}
BENCHMARK(read_clock);

void write_page(benchmark::State& state) {
  const wsdeep::llm::PageContent content{metrics(), {}, true};
  for (auto _ : state) benchmark::DoNotOptimize(wsdeep::llm::metrics_page(content));
}
BENCHMARK(write_page);

}  // namespace

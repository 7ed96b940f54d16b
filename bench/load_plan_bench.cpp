// What it costs to draw a load's schedule, to read traces and prompts, and to make prompts up.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "load/plan/generated_prompts.h"
#include "load/plan/listed_prompts.h"
#include "load/plan/schedule.h"
#include "load/plan/trace_file.h"

namespace {

using namespace wsdeep::load;

void draw_schedule(benchmark::State& state) {
  const LoadShape shape{.arrivals = static_cast<Arrivals>(state.range(0)),
                        .burstiness = 0.5,
                        .stages = {{"1", 600'000'000, 100, 900}, {"2", 700'000'000, 1000, 1000}}};
  std::int64_t drawn = 0;
  for (auto unused : state) drawn += static_cast<std::int64_t>(make_schedule(shape).arrivals.size());
  state.SetItemsProcessed(drawn);
}
BENCHMARK(draw_schedule)->ArgName("arrivals")->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

/// Text of `rows` rows, each made by `row` of its number.
template <typename Row>
SourceFile file_of(std::string text, int rows, Row row) {
  for (int i = 0; i < rows; ++i) row(std::back_inserter(text), i);
  return {"file", std::move(text)};
}

void read_azure(benchmark::State& state) {
  const SourceFile file = file_of("TIMESTAMP,ContextTokens,GeneratedTokens\n", 1'000'000, [](auto out, int i) {
    fmt::format_to(out, "2023-11-16 {:02}:{:02}:{:02}.6805900,{},{}\n", i / 3600 % 24, i / 60 % 60, i % 60,
                   i % 4000 + 1, i % 300 + 1);
  });
  for (auto unused : state) benchmark::DoNotOptimize(parse_trace(file).rows.size());
  state.SetItemsProcessed(state.iterations() * 1'000'000);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file.text().size()));
}
BENCHMARK(read_azure)->Unit(benchmark::kMillisecond);

void read_mooncake(benchmark::State& state) {
  const SourceFile file = file_of("", 20'000, [](auto out, int i) {
    fmt::format_to(out, R"({{"timestamp": {}, "input_length": 7000, "output_length": 52, "hash_ids": [0)", i * 50);
    for (int block = 1; block < 14; ++block) fmt::format_to(out, ", {}", i * 14 + block);
    fmt::format_to(out, "]}}\n");
  });
  for (auto unused : state) benchmark::DoNotOptimize(parse_trace(file).rows.size());
  state.SetItemsProcessed(state.iterations() * 20'000);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file.text().size()));
}
BENCHMARK(read_mooncake)->Unit(benchmark::kMillisecond);

void read_sharegpt(benchmark::State& state) {
  const SourceFile file = file_of("[", 20'000, [](auto out, int i) {
    fmt::format_to(out, R"({}{{"id": "{}", "conversations": [)", i == 0 ? "" : ",\n", i);
    for (int turn = 0; turn < 4; ++turn)
      fmt::format_to(out, R"({}{{"from": "{}", "value": "{:x>{}}"}})", turn == 0 ? "" : ", ",
                     turn % 2 == 0 ? "human" : "gpt", "", turn % 2 == 0 ? 200 : 1500);
    fmt::format_to(out, "]}}{}", i == 19'999 ? "]" : "");
  });
  for (auto unused : state) benchmark::DoNotOptimize(parse_sharegpt(file).conversations.size());
  state.SetItemsProcessed(state.iterations() * 20'000);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file.text().size()));
}
BENCHMARK(read_sharegpt)->Unit(benchmark::kMillisecond);

void make_prompt(benchmark::State& state) {
  const GeneratedPrompts prompts({.prompt_tokens = Lengths(static_cast<int>(state.range(0)))}, {});
  std::uint64_t conversation = 0;
  for (auto unused : state) benchmark::DoNotOptimize(prompts.prompt({}, conversation++, 0).text.data());
  state.SetBytesProcessed(state.iterations() * state.range(0) * 4);
}
BENCHMARK(make_prompt)->ArgName("tokens")->Arg(200)->Arg(8000);

}  // namespace

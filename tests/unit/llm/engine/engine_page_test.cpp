#include "llm/engine/engine_page.h"

#include <gtest/gtest.h>

#include "llm/engine/exposition.h"

namespace wsdeep::llm {
namespace {

EngineReadings readings(std::optional<double> running, std::optional<double> waiting, std::optional<double> kv_use) {
  EngineReadings expected;
  expected.running = running;
  expected.waiting = waiting;
  expected.kv_use = kv_use;
  return expected;
}

void expect(const EngineReadings& read, const EngineReadings& expected) {
  const auto all = [](const EngineReadings& one) {
    return std::tie(one.running, one.waiting, one.kv_use, one.cache_queries, one.cache_hits, one.cache_hit_ratio,
                    one.preemptions);
  };
  EXPECT_EQ(all(read), all(expected));
}

TEST(EnginePage, ReadsVllm) {
  const EngineReadings read =
      read_engine_page(R"(# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 3.0
vllm:num_requests_waiting{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 2.0
vllm:kv_cache_usage_perc{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 0.28
vllm:gpu_cache_usage_perc{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 0.99
vllm:prefix_cache_queries_total{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 1.2e+06
vllm:prefix_cache_hits_total{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 300000.0
vllm:num_preemptions_total{engine="0",model_name="deepseek-ai/DeepSeek-R1"} 4.0
vllm:e2e_request_latency_seconds_bucket{engine="0",le="+Inf",model_name="deepseek-ai/DeepSeek-R1"} 204.0
)");
  EngineReadings expected = readings(3, 2, 0.28);
  expected.cache_queries = 1.2e6;
  expected.cache_hits = 3e5;
  expected.preemptions = 4;
  expect(read, expected);
}

TEST(EnginePage, ReadsAnOlderVllm) {
  expect(read_engine_page(
             "vllm:num_requests_running{model_name=\"m\"} 2.0\nvllm:gpu_cache_usage_perc{model_name=\"m\"} 0.5\n"),
         readings(2, std::nullopt, 0.5));
}

TEST(EnginePage, ReadsSglang) {
  const EngineReadings read = read_engine_page(R"(sglang:num_running_reqs{model_name="m"} 3.0
sglang:num_queue_reqs{model_name="m"} 0.0
sglang:token_usage{model_name="m"} 0.28
sglang:cache_hit_rate{model_name="m"} 0.0075
sglang:prompt_tokens_total{model_name="m"} 8.128902e+06
sglang:cached_tokens_total{model_name="m"} 61000.0
)");
  EngineReadings expected = readings(3, 0, 0.28);
  expected.cache_hit_ratio = 0.0075;
  expected.cache_queries = 8128902;
  expected.cache_hits = 61000;
  expect(read, expected);
}

TEST(EnginePage, ReadsLlamaCpp) {
  expect(read_engine_page("llamacpp:requests_processing 1\nllamacpp:requests_deferred 2\nllamacpp:n_tokens_max 99\n"),
         readings(1, 2, std::nullopt));
}

TEST(EnginePage, AddsReplicasUpAndTakesTheHighestOfGpusThatWorkTogether) {
  expect(read_engine_page(R"(vllm:num_requests_running{engine="0"} 3
vllm:num_requests_running{engine="1"} 4
vllm:kv_cache_usage_perc{engine="0"} 0.2
vllm:kv_cache_usage_perc{engine="1"} 0.6
)"),
         readings(7, std::nullopt, 0.6));
  expect(read_engine_page(R"(sglang:num_running_reqs{dp_rank="0",tp_rank="0"} 3
sglang:num_running_reqs{dp_rank="0",tp_rank="1"} 2
sglang:num_running_reqs{dp_rank="1",tp_rank="0"} 5
)"),
         readings(8, std::nullopt, std::nullopt));
}

// What the line says of `vllm:num_requests_running`.
struct PageRow {
  const char* what;
  std::string line;
  std::optional<double> running;
};

TEST(EnginePage, TakesWhatIsNoMeasureAsNotSaid) {
  const std::string name = "vllm:num_requests_running";
  const std::vector<PageRow> rows{
      {"plain", name + " 3", 3},
      {"with a time", name + " 3 1731000000000", 3},
      {"with blanks", "  " + name + "   3  ", 3},
      {"CRLF", name + " 3\r", 3},
      {"labels with everything", name + R"({a="} \" \\ , é",b=""} 3)", 3},
      {"exponent", name + " 3e0", 3},
      {"NaN", name + " NaN", {}},
      {"endless", name + " +Inf", {}},
      {"negative", name + " -1", {}},
      {"beyond all sense", name + " 1e300", {}},
      {"beyond a double", name + " 1e999", {}},
      {"a word", name + " many", {}},
      {"half a number", name + " 3x", {}},
      {"no value", name, {}},
      {"no value after labels", name + "{}", {}},
      {"labels without an end", name + R"({a="3} 3)", {}},
      {"another name", name + "_total 3", {}},
      {"a comment", "# " + name + " 3", {}},
      {"invalid UTF-8 in a label", name + "{a=\"\xff\xfe\"} 3", 3},
      {"invalid UTF-8 as value", name + " \xff", {}},
      {"zero bytes", name + std::string("\0 3", 3), {}},
  };
  for (const PageRow& row : rows) EXPECT_EQ(read_engine_page(row.line + "\n").running, row.running) << row.what;
}

TEST(EnginePage, BelievesNoShareAboveOne) {
  EXPECT_EQ(read_engine_page("vllm:kv_cache_usage_perc 1\n").kv_use, 1);
  EXPECT_EQ(read_engine_page("vllm:kv_cache_usage_perc 28\n").kv_use, std::nullopt);
}

TEST(EnginePage, BelievesNoSumOfWhichAPartIsNoMeasure) {
  EXPECT_EQ(read_engine_page("vllm:num_requests_running{engine=\"0\"} 1\nvllm:num_requests_running{engine=\"1\"} NaN\n")
                .running,
            std::nullopt);
}

TEST(EnginePage, ReadsAsManySeriesAsAnEngineHas) {
  std::string page;
  for (int i = 0; i < 100'000; ++i) page += "vllm:num_requests_running{engine=\"" + std::to_string(i) + "\"} 1\n";
  EXPECT_EQ(read_engine_page(page).running, 1024);
}

TEST(EnginePage, IsToldFromAWebPage) {
  EXPECT_TRUE(is_exposition("# HELP a b\n# TYPE a gauge\na 1\n"));
  EXPECT_TRUE(is_exposition("a{b=\"c\"} 1"));
  EXPECT_TRUE(is_exposition(""));
  EXPECT_FALSE(is_exposition("<!doctype html><html><body>vllm:num_requests_running 3</body></html>"));
  EXPECT_FALSE(is_exposition("{\"error\": \"not found\"}"));
  EXPECT_FALSE(is_exposition("\xff\xff"));
  EXPECT_FALSE(is_exposition("Metrics are not enabled\n"));
}

}  // namespace
}  // namespace wsdeep::llm

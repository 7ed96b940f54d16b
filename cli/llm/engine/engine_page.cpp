#include "llm/engine/engine_page.h"

#include <algorithm>
#include <array>

#include "llm/engine/exposition.h"

namespace wsdeep::llm {
namespace {

/// A measure, and where engines tell it: of the first name that is there.
struct Measure {
  std::optional<double> EngineReadings::*place;
  SampleKind kind;
  std::array<std::string_view, 4> names;
};

constexpr std::array<Measure, 7> kMeasures{{
    {&EngineReadings::running,
     SampleKind::kCount,
     {"vllm:num_requests_running", "sglang:num_running_reqs", "llamacpp:requests_processing"}},
    {&EngineReadings::waiting,
     SampleKind::kCount,
     {"vllm:num_requests_waiting", "sglang:num_queue_reqs", "llamacpp:requests_deferred"}},
    {&EngineReadings::kv_use,
     SampleKind::kShare,
     {"vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "sglang:token_usage", "llamacpp:kv_cache_usage_ratio"}},
    {&EngineReadings::cache_queries,
     SampleKind::kCount,
     {"vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total", "sglang:prompt_tokens_total"}},
    {&EngineReadings::cache_hits,
     SampleKind::kCount,
     {"vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total", "sglang:cached_tokens_total"}},
    {&EngineReadings::cache_hit_ratio, SampleKind::kShare, {"sglang:cache_hit_rate", "vllm:gpu_prefix_cache_hit_rate"}},
    {&EngineReadings::preemptions, SampleKind::kCount, {"vllm:num_preemptions_total"}},
}};

std::optional<SampleKind> kind_of_measure(std::string_view name) {
  const auto* found = std::find_if(kMeasures.begin(), kMeasures.end(), [&](const Measure& measure) {
    return std::find(measure.names.begin(), measure.names.end(), name) != measure.names.end();
  });
  return found == kMeasures.end() ? std::nullopt : std::optional(found->kind);
}

}  // namespace

EngineReadings read_engine_page(std::string_view page) {
  const PageValues values = read_values(page, kind_of_measure);
  EngineReadings readings;
  for (const Measure& measure : kMeasures) {
    const auto* name = std::find_if(measure.names.begin(), measure.names.end(),
                                    [&](std::string_view one) { return values.contains(one); });
    if (name != measure.names.end()) readings.*measure.place = values.at(*name);
  }
  return readings;
}

}  // namespace wsdeep::llm

#include "load/drive/page_names.h"

#include <algorithm>
#include <array>

namespace wsdeep::load {
namespace {

// A node's own names are those of llm/node/metrics_page.cpp. The engines': docs.vllm.ai/en/latest/usage/metrics,
// docs.sglang.ai/references/production_metrics, llama.cpp's tools/server/README. Of a histogram its sum and count:
// their growth gives the mean over the run.
constexpr std::array<PageName, 56> kPageNames{{
    {"wsdeep_node_running"},
    {"wsdeep_node_waiting"},
    {"wsdeep_node_load"},
    {"wsdeep_node_draining"},
    {"wsdeep_node_engine_up"},
    {"wsdeep_node_requests_total", true},
    {"wsdeep_node_completions_total", true},
    {"wsdeep_node_cancellations_total", true},
    {"wsdeep_node_refusals_total", true},
    {"wsdeep_node_errors_total", true},
    {"wsdeep_node_prompt_tokens_total", true},
    {"wsdeep_node_generated_tokens_total", true},
    {"wsdeep_node_cached_prompt_tokens_total", true},
    {"wsdeep_node_time_to_first_token_seconds_sum", true},
    {"wsdeep_node_time_to_first_token_seconds_count", true},
    {"wsdeep_node_inter_token_latency_seconds_sum", true},
    {"wsdeep_node_inter_token_latency_seconds_count", true},
    {"wsdeep_node_queue_time_seconds_sum", true},
    {"wsdeep_node_queue_time_seconds_count", true},
    {"wsdeep_node_request_time_seconds_sum", true},
    {"wsdeep_node_request_time_seconds_count", true},
    {"wsdeep_node_kv_use", false, true},
    {"wsdeep_node_engine_running"},
    {"wsdeep_node_engine_waiting"},
    {"wsdeep_node_engine_prefix_cache_queries_total", true},
    {"wsdeep_node_engine_prefix_cache_hits_total", true},
    {"wsdeep_node_engine_prefix_cache_hit_ratio", false, true},
    {"wsdeep_node_engine_preemptions_total", true},
    {"vllm:num_requests_running"},
    {"vllm:num_requests_waiting"},
    {"vllm:kv_cache_usage_perc", false, true},
    {"vllm:gpu_cache_usage_perc", false, true},
    {"vllm:prefix_cache_queries_total", true},
    {"vllm:prefix_cache_hits_total", true},
    {"vllm:num_preemptions_total", true},
    {"vllm:prompt_tokens_total", true},
    {"vllm:generation_tokens_total", true},
    {"vllm:time_to_first_token_seconds_sum", true},
    {"vllm:time_to_first_token_seconds_count", true},
    {"vllm:inter_token_latency_seconds_sum", true},
    {"vllm:inter_token_latency_seconds_count", true},
    {"vllm:request_queue_time_seconds_sum", true},
    {"vllm:request_queue_time_seconds_count", true},
    {"sglang:num_running_reqs"},
    {"sglang:num_queue_reqs"},
    {"sglang:token_usage", false, true},
    {"sglang:cache_hit_rate", false, true},
    {"sglang:cached_tokens_total", true},
    {"sglang:prompt_tokens_total", true},
    {"sglang:generation_tokens_total", true},
    {"sglang:time_to_first_token_seconds_sum", true},
    {"sglang:time_to_first_token_seconds_count", true},
    {"llamacpp:requests_processing"},
    {"llamacpp:requests_deferred"},
    {"llamacpp:prompt_tokens_total", true},
    {"llamacpp:tokens_predicted_total", true},
}};

}  // namespace

std::optional<PageName> page_name(std::string_view name) {
  const auto* found =
      std::find_if(kPageNames.begin(), kPageNames.end(), [&](const PageName& known) { return known.name == name; });
  return found == kPageNames.end() ? std::nullopt : std::optional(*found);
}

bool is_node_page(std::string_view page) {
  return page.find("\nwsdeep_node_build_info") != std::string_view::npos;
}

}  // namespace wsdeep::load

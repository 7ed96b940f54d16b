#pragma once

#include <optional>
#include <string_view>

namespace wsdeep::llm {

/// What an engine says of itself on its page of metrics; nothing: it does not say. Counts and shares are of all its
/// replicas on this node together.
struct EngineReadings {
  std::optional<double> running;          ///< requests
  std::optional<double> waiting;          ///< requests
  std::optional<double> kv_use;           ///< share of the KV cache in use; of the fullest replica
  std::optional<double> cache_queries;    ///< tokens that were looked up in the prefix cache, since its start
  std::optional<double> cache_hits;       ///< and those that were found
  std::optional<double> cache_hit_ratio;  ///< where the engine tells no counts
  std::optional<double> preemptions;      ///< since its start

  bool operator==(const EngineReadings&) const = default;
};

/// Reads a page of vLLM, SGLang or llama.cpp (their names: docs.vllm.ai/en/latest/usage/metrics,
/// docs.sglang.ai/references/production_metrics, llama.cpp's tools/server/README). What cannot be a measure (not a
/// number, negative, endless, a share above 1) is taken as not said.
EngineReadings read_engine_page(std::string_view page);

}  // namespace wsdeep::llm

#include "stack/settings/gpu_sizing.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "stack/settings/settings.h"

namespace wsdeep::stack {
namespace {

/// Ordered by total memory, then by size, so that the first that fits is the smallest.
constexpr std::array kInstances = {
    GpuInstance{"g6.xlarge", 1, 24},    GpuInstance{"g5.xlarge", 1, 24},     GpuInstance{"g6.2xlarge", 1, 24},
    GpuInstance{"g5.2xlarge", 1, 24},   GpuInstance{"g6.4xlarge", 1, 24},    GpuInstance{"g5.4xlarge", 1, 24},
    GpuInstance{"g6.8xlarge", 1, 24},   GpuInstance{"g5.8xlarge", 1, 24},    GpuInstance{"g6.16xlarge", 1, 24},
    GpuInstance{"g5.16xlarge", 1, 24},  GpuInstance{"g6e.xlarge", 1, 48},    GpuInstance{"g6e.2xlarge", 1, 48},
    GpuInstance{"g6e.4xlarge", 1, 48},  GpuInstance{"g6e.8xlarge", 1, 48},   GpuInstance{"g6e.16xlarge", 1, 48},
    GpuInstance{"p5.4xlarge", 1, 80},   GpuInstance{"g6.12xlarge", 4, 24},   GpuInstance{"g5.12xlarge", 4, 24},
    GpuInstance{"g6.24xlarge", 4, 24},  GpuInstance{"g5.24xlarge", 4, 24},   GpuInstance{"g6.48xlarge", 8, 24},
    GpuInstance{"g5.48xlarge", 8, 24},  GpuInstance{"g6e.12xlarge", 4, 48},  GpuInstance{"g6e.24xlarge", 4, 48},
    GpuInstance{"p4d.24xlarge", 8, 40}, GpuInstance{"g6e.48xlarge", 8, 48},  GpuInstance{"p4de.24xlarge", 8, 80},
    GpuInstance{"p5.48xlarge", 8, 80},  GpuInstance{"p5e.48xlarge", 8, 141}, GpuInstance{"p5en.48xlarge", 8, 141},
};

/// https://huggingface.co/deepseek-ai (sizes of the safetensors files; max_position_embeddings and num_attention_heads
/// of config.json) and https://ollama.com/library/deepseek-r1
constexpr std::array kModels = {
    Model{"deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", ModelRegistry::kHuggingFace, 3.6, 131'072, 12},
    Model{"deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", ModelRegistry::kHuggingFace, 15.2, 131'072, 28},
    Model{"deepseek-ai/DeepSeek-R1-Distill-Llama-8B", ModelRegistry::kHuggingFace, 16.1, 131'072, 32},
    Model{"deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", ModelRegistry::kHuggingFace, 16.4, 131'072, 32},
    Model{"deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", ModelRegistry::kHuggingFace, 29.5, 131'072, 40},
    Model{"deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", ModelRegistry::kHuggingFace, 65.5, 131'072, 40},
    Model{"deepseek-ai/DeepSeek-R1-Distill-Llama-70B", ModelRegistry::kHuggingFace, 141.1, 131'072, 64},
    Model{"deepseek-ai/deepseek-llm-7b-chat", ModelRegistry::kHuggingFace, 13.8, 4096, 32},
    Model{"deepseek-ai/deepseek-llm-67b-chat", ModelRegistry::kHuggingFace, 134.9, 4096, 64},
    Model{"deepseek-ai/DeepSeek-V2-Lite-Chat", ModelRegistry::kHuggingFace, 31.4, 163'840, 16},
    Model{"deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", ModelRegistry::kHuggingFace, 31.4, 163'840, 16},
    Model{"deepseek-ai/DeepSeek-V3", ModelRegistry::kHuggingFace, 689, 163'840, 128},
    Model{"deepseek-ai/DeepSeek-V3-0324", ModelRegistry::kHuggingFace, 689, 163'840, 128},
    Model{"deepseek-ai/DeepSeek-V3.1", ModelRegistry::kHuggingFace, 689, 163'840, 128},
    Model{"deepseek-ai/DeepSeek-R1", ModelRegistry::kHuggingFace, 689, 163'840, 128},
    Model{"deepseek-ai/DeepSeek-R1-0528", ModelRegistry::kHuggingFace, 689, 163'840, 128},
    Model{"deepseek-r1:1.5b", ModelRegistry::kOllama, 1.1},
    Model{"deepseek-r1:7b", ModelRegistry::kOllama, 4.7},
    Model{"deepseek-r1:8b", ModelRegistry::kOllama, 5.2},
    Model{"deepseek-r1:14b", ModelRegistry::kOllama, 9.0},
    Model{"deepseek-r1:32b", ModelRegistry::kOllama, 20},
    Model{"deepseek-r1:70b", ModelRegistry::kOllama, 43},
    Model{"deepseek-r1:671b", ModelRegistry::kOllama, 404},
    Model{"deepseek-v2:16b", ModelRegistry::kOllama, 8.9},
    Model{"deepseek-coder-v2:16b", ModelRegistry::kOllama, 8.9},
    Model{"deepseek-v3:671b", ModelRegistry::kOllama, 404},
};

}  // namespace

std::optional<GpuInstance> find_gpu_instance(std::string_view type) {
  for (const GpuInstance& instance : kInstances)
    if (instance.type == type) return instance;
  return std::nullopt;
}

std::optional<Model> find_model(std::string_view name) {
  for (const Model& model : kModels)
    if (model.name == name) return model;
  return std::nullopt;
}

bool shares_heads(const Model& model, const GpuInstance& instance) {
  return model.heads % instance.gpus == 0;
}

std::int64_t context_of(std::string_view model, std::int64_t wanted) {
  const auto known = find_model(model);
  return known && known->context_tokens > 0 ? std::min(wanted, known->context_tokens) : wanted;
}

std::vector<std::string> gpu_instance_types() {
  std::vector<std::string> types;
  for (const GpuInstance& instance : kInstances) types.emplace_back(instance.type);
  return types;
}

std::vector<std::string> model_names(ModelRegistry registry) {
  std::vector<std::string> names;
  for (const Model& model : kModels)
    if (model.registry == registry) names.emplace_back(model.name);
  return names;
}

double needed_gpu_gb(double weights_gb) {
  return weights_gb * 1.15 / 0.90;
}

std::int64_t default_slots(bool vllm) {
  return vllm ? 32 : 4;
}

std::int64_t slots_of(const LlmSettings& llm) {
  return llm.slots > 0 ? llm.slots : default_slots(llm.engine == EngineKind::kVllm);
}

std::int64_t answers_of_fleet(const LlmSettings& llm) {
  std::int64_t nodes = llm.max;
  for (const ScheduleEntry& entry : llm.schedule) nodes = std::max(nodes, entry.max);
  return nodes * slots_of(llm);
}

std::int64_t calls_of_fleet(const LlmSettings& llm) {
  const std::int64_t slots = slots_of(llm);
  const std::int64_t queue = llm.queue > 0 ? llm.queue : slots;
  return answers_of_fleet(llm) / slots * (slots + queue);
}

std::int64_t default_concurrency(const LlmSettings& llm) {
  return std::clamp<std::int64_t>(calls_of_fleet(llm), 1, kMostReserved);
}

double needed_disk_gb(double weights_gb) {
  return std::ceil(weights_gb + 75 + 30);
}

std::optional<std::string> smallest_instance_for(double weights_gb) {
  for (const GpuInstance& instance : kInstances)
    if (instance.total_gb() >= needed_gpu_gb(weights_gb)) return std::string(instance.type);
  return std::nullopt;
}

}  // namespace wsdeep::stack

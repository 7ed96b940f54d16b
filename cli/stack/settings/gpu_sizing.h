#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which model fits which instance: published sizes, not measurements of ours.
namespace wsdeep::stack {

/// GPU memory of an instance type. https://aws.amazon.com/ec2/instance-types/ (accelerated computing)
struct GpuInstance {
  std::string_view type;
  int gpus;
  int gb_per_gpu;
  int total_gb() const { return gpus * gb_per_gpu; }
};

enum class ModelRegistry { kHuggingFace, kOllama };

/// Weights of a model as its registry serves them: BF16 (FP8 for the 671B ones) on Hugging Face, 4 bit in Ollama.
struct Model {
  std::string_view name;
  ModelRegistry registry;
  double weights_gb;
  std::int64_t context_tokens = 0;  ///< that vLLM serves at most; 0: Ollama, which takes any and cuts
  int heads = 0;  ///< attention heads, which vLLM gives out evenly to the GPUs; 0: Ollama, which does not
};

std::optional<GpuInstance> find_gpu_instance(std::string_view type);
std::optional<Model> find_model(std::string_view name);
bool shares_heads(const Model& model, const GpuInstance& instance);
/// `wanted`, or less when the model is known to have less.
std::int64_t context_of(std::string_view model, std::int64_t wanted);
/// The names in the tables, for suggestions.
std::vector<std::string> gpu_instance_types();
std::vector<std::string> model_names(ModelRegistry registry);

/// GPU memory that serving `weights_gb` takes: the weights and 15 % for activations and the least useful KV cache,
/// within the 90 % of the memory that vLLM uses by default (`gpu_memory_utilization`).
double needed_gpu_gb(double weights_gb);

/// The answers at a time that an engine is given where the settings name none: what vLLM batches well within the memory
/// that the weights leave, and what Ollama, which keeps room for the whole context of each, still holds.
std::int64_t default_slots(bool vllm);

struct LlmSettings;
/// The answers at a time that one node's engine is given.
std::int64_t slots_of(const LlmSettings& llm);
/// The answers that the fleet runs at a time when it is as large as it may be.
std::int64_t answers_of_fleet(const LlmSettings& llm);
/// The calls that it takes then, those that wait on the nodes included.
std::int64_t calls_of_fleet(const LlmSettings& llm);

/// The most that is reserved for `generate` by default: an account has 1000 executions at a time, and 100 of them
/// cannot be reserved.
constexpr std::int64_t kMostReserved = 800;
/// What `generate` is given where the settings do not say: the calls that its fleet can take. More of them would only
/// wait, each in an execution that `authorizer` and `connect` then lack; as events they wait for nothing.
std::int64_t default_concurrency(const LlmSettings& llm);

/// The disk of a node that serves `weights_gb`: NodeImage's snapshot takes 75 GB, an engine's image unpacked about 30.
double needed_disk_gb(double weights_gb);

/// The smallest instance type of the table that serves `weights_gb`, or nothing when none does.
std::optional<std::string> smallest_instance_for(double weights_gb);

}  // namespace wsdeep::stack

#include "stack/settings/node_start.h"

#include <cmath>

#include "stack/settings/gpu_sizing.h"

namespace wsdeep::stack {
namespace {

constexpr double kBootMinutes = 10;         ///< the system, an image of 10 GB, what an engine compiles
constexpr double kDiskGbPerMinute = 30;     ///< 500 MB/s, of templates/fleet.yaml: once written, once read
constexpr double kRegistryGbPerMinute = 6;  ///< what a model hub gives on a bad day
constexpr double kSnapshotGbPerMinute = 9;  ///< blocks that EBS has to get from S3 first
constexpr double kLongestForAnUpdate = 45;  ///< of the 60 minutes

double weights_of(const LlmSettings& llm) {
  if (llm.weights_gb > 0) return static_cast<double>(llm.weights_gb);
  const auto model = find_model(llm.model);
  return model ? model->weights_gb : 0;
}

/// To have the weights on the node, and to have them in the GPUs.
double minutes_for_a_gb(const LlmSettings& llm) {
  if (!llm.model_snapshot.empty()) return 1 / kSnapshotGbPerMinute;
  return 1 / (llm.model_source.empty() ? kRegistryGbPerMinute : kDiskGbPerMinute) + 1 / kDiskGbPerMinute;
}

}  // namespace

std::int64_t start_minutes(const LlmSettings& llm) {
  const double weights_gb = weights_of(llm);
  return weights_gb == 0 ? 0 : std::lround(kBootMinutes + weights_gb * minutes_for_a_gb(llm));
}

bool updates_roll(const LlmSettings& llm) {
  return !llm.warm_pool && !llm.instance_store && static_cast<double>(start_minutes(llm)) <= kLongestForAnUpdate;
}

}  // namespace wsdeep::stack
